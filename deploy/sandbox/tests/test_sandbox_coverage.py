"""The first 288 persons show all that the records can hold: an explicit list, so that nothing is lost unnoticed."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from registerbro.cpr.layouts import LAYOUTS
from registerbro_sandbox.persons import Person, Population, Row
from registerbro_sandbox.persons.cases import SHOW_FAMILIES
from registerbro_sandbox.persons.numbers import SLOTS

TODAY = "2025-01-01"


@pytest.fixture(scope="module", params=[1, 2, 77], ids="seed {}".format)
def persons(request: pytest.FixtureRequest) -> list[Person]:
    return list(Population(request.param, SHOW_FAMILIES * SLOTS))


def rows(persons: list[Person], record_type: str) -> list[Row]:
    return [row for person in persons for row in person.rows.get(record_type, [])]


PERSON_RECORDS = [*(f"{n:03}" for n in range(1, 31)), "050", "052"]


@pytest.mark.parametrize("record_type", PERSON_RECORDS)
def test_every_record_type_occurs(persons: list[Person], record_type: str) -> None:
    assert rows(persons, record_type)


NEVER_SET = {
    "001": {"person_end_uncertain"},
    "002": {"building_number", "moved_to_municipality_uncertain"},
    "005": {"emigrated_uncertain", "foreign_address_4", "foreign_address_5"},
    "006": {"line_5"},
    "013": {"separation_start_uncertain"},
    "015": {"mother_name_mark", "father_birth_date_uncertain"},
    "016": {"custody_start_uncertain"},
    "017": {"guardianship_start_uncertain", "relation_text_3", "relation_text_4", "relation_text_5"},
    "022": {"old_pnr_end_uncertain"},
    "023": {"care_of_name", "building_number", "moved_in_uncertain"},
    "024": {"exit_uncertain", "entry_uncertain", "foreign_address_4", "foreign_address_5"},
    "025": {"found_uncertain"},
    "026": {"first_names_mark", "middle_name_mark", "last_name_mark", "name_end_uncertain"},
    "027": {"citizenship_end_uncertain"},
    "028": {"start_uncertain", "end_uncertain"},
    "029": {
        "spouse_birth_date",
        "spouse_birth_date_uncertain",
        "spouse_name",
        "spouse_name_mark",
        "civil_status_start_uncertain",
    },
    "030": {"separation_start_uncertain", "separation_end_uncertain"},
    "052": {"guardianship_end", "relation_text_3", "relation_text_4", "relation_text_5"},
}
"""Fields that no fictional person has: one place to see what the sandbox does not show."""


@pytest.mark.parametrize("record_type", PERSON_RECORDS)
def test_every_field_holds_something_for_somebody(persons: list[Person], record_type: str) -> None:
    used = {name for row in rows(persons, record_type) for name, text in row.items() if text.strip(" 0")}
    fields = {field.name for field in LAYOUTS[record_type].fields} - {"record_type", "pnr"}
    assert fields - used <= NEVER_SET.get(record_type, set())


CODES = [
    ("001", "status", ["01", "03", "05", "07", "20", "30", "50", "60", "70", "80", "90"]),
    ("001", "sex", ["M", "K"]),
    ("004", "protection_type", ["0001", "0002", "0003", "0004"]),
    ("011", "church_relation", ["F", "U", "A"]),
    ("012", "civil_status", ["U", "G", "F", "E", "P", "O", "L", "D"]),
    ("016", "relation_type", ["0003", "0004", "0005", "0006"]),
    ("017", "relation_type", ["0001", "0002"]),
    ("052", "relation_type", ["0001", "0002"]),
    ("008", "first_names_mark", ["+"]),
    ("008", "middle_name_mark", ["*"]),
    ("008", "last_name_mark", ["="]),
    ("023", "correction_mark", ["K", "A", "Æ"]),
]


@pytest.mark.parametrize(("record_type", "field", "codes"), CODES, ids=str)
def test_every_code_occurs(persons: list[Person], record_type: str, field: str, codes: list[str]) -> None:
    assert {row.get(field, "") for row in rows(persons, record_type)} >= set(codes)


Condition = Callable[[list[Person]], bool]


def has(record_type: str, field: str, pattern: str, mark: str | None = None) -> Condition:
    """Somebody has a row whose field matches, and whose uncertainty is ``mark`` where given."""

    def found(persons: list[Person]) -> bool:
        return any(
            re.fullmatch(pattern, row.get(field, ""))
            and (mark is None or row.get(f"{field}_uncertain", "") == mark)
            for row in rows(persons, record_type)
        )

    return found


def protection(condition: Callable[[str, str], bool]) -> Condition:
    """Somebody has a name and address protection whose start and end fulfil a condition."""
    return lambda persons: any(
        condition(row["start"], row.get("end", ""))
        for row in rows(persons, "004")
        if row["protection_type"] == "0001"
    )


CASES: dict[str, Condition] = {
    "a name from a year": has("008", "name_start", r"\d{4}00000000", "*"),
    "a name from a year, hour 12, minute 99": has("008", "name_start", r"\d{4}00001299", "*"),
    "a citizenship from a month": has("010", "citizenship_start", r"\d{6}002000", "*"),
    "a citizenship since the register was converted": has("010", "citizenship_start", "199103201299", "*"),
    "a home since a day, time unknown": has("002", "moved_in", r"\d{8}1299", "*"),
    "a complete date, uncertain": has("008", "name_start", r"\d{8}1637", "*"),
    "an uncertain birth date": has("001", "birth_date", r"\d{4}-\d\d-\d\d", "*"),
    "no birth date": lambda persons: any(row.get("birth_date") == "" for row in rows(persons, "001")),
    "a death known to the year": has("001", "status_start", r"18\d\d00000000|19\d\d00000000", "*"),
    "Greenland": has("002", "municipality_code", r"09[5-9]\d"),
    "a building number": has("003", "building_number", r"B\d+"),
    "a special road": has("002", "road_code", r"99\d\d"),
    "an administrative municipality": has("002", "municipality_code", r"001[0129]"),
    "a supplementary city": has("003", "city_name", r".+"),
    "a locality": has("003", "locality", r".+"),
    "a care-of name": has("003", "care_of_name", r"c/o .+"),
    "a floor": has("003", "floor", r"0\d"),
    "the ground floor": has("003", "floor", "st"),
    "the basement": has("003", "floor", "kl"),
    "a door by side": has("003", "door", "tv|th|mf"),
    "a door by number": has("003", "door", r"\d+"),
    "a house number with a letter": has("003", "house_number", r"\d{3}[A-Z]"),
    "a Danish letter in an address": has("003", "standard_address", r".*[æøåÆØÅ].*"),
    "a Danish letter in a name": has("008", "last_name", r".*[æøåÆØÅ].*"),
    "an accent": has("008", "first_names", r".*[éëüçíñöÍ].*"),
    "first names as long as the field": has("008", "first_names", r".{50}"),
    "a surname as long as the field": has("008", "last_name", r".{40}"),
    "an addressing name as long as the field": has("008", "addressing_name", r".{34}"),
    "an addressing name with the surname first": has("008", "addressing_name", r"[^,]+,[^,]+"),
    "no name at all": lambda persons: any("first_names" not in p.current("008") for p in persons),
    "a protection in force, far ahead": protection(lambda start, end: start < TODAY and end > "2100"),
    "a protection without an end": protection(lambda start, end: start < TODAY and not end),
    "a protection that has lapsed": protection(lambda start, end: bool(end) and end < TODAY),
    "a protection that begins in the future": protection(lambda start, _: start > "2045"),
    "four protections": lambda persons: any(len(p.rows.get("004", [])) == 4 for p in persons),
    "a guardian by number": has("017", "guardian_pnr", r"\d{10}"),
    "a guardian by name": has("017", "guardian_name", r".+"),
    "a guardianship with a planned end": has("017", "guardianship_end", r"20\d\d-.*"),
    "full guardianship": has("052", "guardianship_type", "FULD"),
    "a spouse by number": has("012", "spouse_pnr", r"[0-3]\d{9}"),
    "a spouse by name": lambda persons: any(
        r.get("spouse_name") and not r.get("spouse_pnr") for r in rows(persons, "012")
    ),
    "a spouse of ten zeros": has("012", "spouse_pnr", "0{10}"),
    "a separation under way": has("012", "separation_reference", r"\d{12}"),
    "parents by number": lambda persons: any(
        {"mother_pnr", "father_pnr"} <= set(r) for r in rows(persons, "015")
    ),
    "a mother by name": has("015", "mother_name", r".+"),
    "a father by name": has("015", "father_name", r".+"),
    "parents of ten zeros": has("015", "mother_pnr", "0{10}"),
    "one parent": lambda persons: any(
        "mother_pnr" in r and not {"father_pnr", "father_name"} & set(r) for r in rows(persons, "015")
    ),
    "a dozen children": lambda persons: any(len(p.rows.get("014", [])) == 12 for p in persons),
    "custody that ends": has("016", "custody_end", r"20\d\d-.*"),
    "born abroad": has("009", "birth_authority_code", r"5[1-9]\d\d"),
    "born in Southern Jutland": has("009", "birth_authority_code", r"05[1458]0"),
    "born in a parish": has("009", "birth_authority_code", r"[78]\d{3}"),
    "stateless": has("010", "country_code", "5103"),
    "an entry without an exit": lambda persons: any(
        r["exit"] == "0" * 12 for r in rows(persons, "024") if "correction_mark" not in r
    ),
    "a contact address that has ended": has("006", "end", r"20(1\d|2[0-4])-.*"),
    "a contact address in force": has("006", "end", r"20(2[5-9]|[3-9]\d)-.*"),
    "an administrative number": lambda persons: any(int(p.number[:2]) > 60 for p in persons),
    "a person of the nineteenth century": lambda persons: any(
        p.born < dt.date(1900, 1, 1).toordinal() for p in persons
    ),
    "several notes": lambda persons: any(len(p.rows.get("019", [])) > 1 for p in persons),
    "two former numbers": lambda persons: any(len(p.rows.get("022", [])) == 2 for p in persons),
    "a corrected birth date": lambda persons: any(
        p.current("001").get("person_start", "") > "2000" and p.rows.get("022") for p in persons
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_case_occurs(persons: list[Person], case: str) -> None:
    assert CASES[case](persons)


def test_former_numbers_and_their_successors_name_each_other(persons: list[Person]) -> None:
    former = [p for p in persons if p.current("001").get("current_pnr")]
    assert {person.status for person in former} == {"50", "60"}
    by_number = {person.number: person for person in persons}
    for person in former:
        successor = by_number[person.current("001")["current_pnr"]]
        assert person.number in {row["old_pnr"] for row in successor.rows["022"]}


def test_who_does_not_live_here_has_no_address(persons: list[Person]) -> None:
    for person in persons:
        if not person.lives_here and person.status != "20":
            assert "002" not in person.rows
            assert set(person.current("003")) == {"addressing_name"}
