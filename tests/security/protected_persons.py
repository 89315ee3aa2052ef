"""Protected persons and their families, as CPR delivers them: whatever tells a name or a place is a word that stands nowhere else.

HIDDEN   name and address protected (record 004), moved and married anew while protected; parents and guardian by name
ROADS    on a special road in Denmark (status 03), GREENLAND likewise in Greenland (status 07)
LATER    delivered in the open first, protected since
FAULTY   protected, with a record that cannot be read
SPOUSE   not protected, married to HIDDEN; CHILD, whose mother HIDDEN is, with her address in record 031
"""

import datetime as dt
import re
from collections.abc import Iterable

from registerbro.cpr.writer import Value

from tests.support.cpr_files import record

FIRST_DAY, SECOND_DAY = dt.date(2024, 5, 17), dt.date(2024, 5, 24)
SINCE = dt.date(2020, 1, 1)
HIDDEN, ROADS, GREENLAND = "0101701996", "0202711997", "0303721998"
LATER, FAULTY, SPOUSE, CHILD, FATHER = "0404731999", "0505741990", "0606751991", "0707041992", "0808431993"
PROTECTED = (HIDDEN, ROADS, GREENLAND, LATER, FAULTY)
EVERYBODY = (*PROTECTED, SPOUSE, CHILD)
SECRET, OPEN = "Zqx", "Zqo"  # how the words begin: of protected persons, of others


def word(name: str, *, of: str = SECRET) -> str:
    """A word that is found again wherever it stands."""
    return f"{of}{name}"


def secret_words(texts: Iterable[str]) -> set[str]:
    """The words of protected persons in some texts."""
    return {found for text in texts for found in re.findall(rf"{SECRET}[a-z]+", text)}


def _name(number: str, who: str, *, of: str = SECRET) -> str:
    return record(
        "008",
        number,
        first_names=word(f"{who}fornavn", of=of),
        middle_name=word(f"{who}mellemnavn", of=of),
        last_name=word(f"{who}efternavn", of=of),
        name_start="202001011200",
        addressing_name=word(f"{who}adrnavn", of=of),
    )


def _home(number: str, who: str, *, of: str = SECRET, **more: Value) -> list[str]:
    return [
        record("002", number, municipality_code="0101", moved_in="202003011230", **more),
        record(
            "003",
            number,
            addressing_name=word(f"{who}adrnavn", of=of),
            care_of_name=word(f"{who}conavn", of=of),
            locality=word(f"{who}lokalitet", of=of),
            standard_address=word(f"{who}vej", of=of),
            city_name=word(f"{who}bynavn", of=of),
            post_code="2850",
            post_district=word(f"{who}postdist", of=of),
            **more,
        ),
    ]


def _person(
    number: str, who: str, *others: str, status: str = "01", of: str = SECRET, **road: Value
) -> list[str]:
    """The records of somebody, in CPR's order, and the event that ends them."""
    basic = record("001", number, status=status, sex="K", birth_date=dt.date(1970, 1, 1))
    records = [basic, *_home(number, who, of=of, **road), _name(number, who, of=of), *others]
    return [*sorted(records), record("099", number, updated="202405160900", event="A01")]


def _protection(number: str) -> str:
    return record("004", number, protection_type="0001", start=SINCE)


def _hidden(who: str, *history: str) -> list[str]:
    """HIDDEN, at a stage of her life."""
    return _person(
        HIDDEN,
        who,
        _protection(HIDDEN),
        record("006", HIDDEN, line_1=word("kontakt"), line_2=word("kontaktvej"), start=SINCE),
        record("012", HIDDEN, civil_status="G", civil_status_start="201901011200", spouse_pnr=SPOUSE),
        record("014", HIDDEN, child_pnr=CHILD),
        record("015", HIDDEN, mother_name=word("mor"), father_pnr=FATHER),
        record(
            "017",
            HIDDEN,
            guardianship_start=SINCE,
            relation_type="0002",
            guardian_name=word("vaerge"),
            guardian_text_start=SINCE,
            relation_text_1=word("vaergevej"),
        ),
        record(
            "023", HIDDEN, care_of_name=word("foerconavn"), moved_in="201001011200", moved_out="202003011230"
        ),
        record("026", HIDDEN, last_name=word("pigenavn"), name_start="197001011200", name_end="202001011200"),
        *history,
    )


def _spouse() -> list[str]:
    married = record("012", SPOUSE, civil_status="G", civil_status_start="201901011200", spouse_pnr=HIDDEN)
    return _person(SPOUSE, "mand", married, of=OPEN)


def _child() -> list[str]:
    mother = record(
        "031",
        CHILD,
        relative_pnr=HIDDEN,
        addressing_name=word("nyadrnavn"),
        standard_address=word("nyvej"),
        protection_start=SINCE,
    )
    return _person(CHILD, "barn", record("015", CHILD, mother_pnr=HIDDEN, father_pnr=SPOUSE), mother, of=OPEN)


def first_delivery() -> list[str]:
    """Everybody, as they were."""
    return [
        *_hidden("gl"),
        *_person(ROADS, "vejkode", status="03", road_code="9950"),
        *_person(GREENLAND, "groenland", status="07", road_code="9950"),
        *_person(LATER, "senere"),
        *_spouse(),
        *_child(),
    ]


def second_delivery() -> list[str]:
    """HIDDEN has moved and has a new name, LATER is protected now, FAULTY comes with a record that nobody can read."""
    faulty = record("006", FAULTY, line_1=word("ulaeselig"), start=SINCE)
    unreadable = faulty.replace(SINCE.isoformat(), "2O2O-O1-O1")
    return [
        *_hidden("ny"),
        *_person(LATER, "senest", _protection(LATER)),
        *_person(FAULTY, "fejl", _protection(FAULTY), unreadable),
    ]


def online(records: Iterable[str]) -> dict[str, list[str]]:
    """The same persons as CPR Direkte answers about them: without events, each by number."""
    answers: dict[str, list[str]] = {}
    for each in records:
        if not each.startswith("099"):
            answers.setdefault(each[3:13], []).append(each)
    return answers
