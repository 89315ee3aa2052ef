"""Special cases: names, uncertain and partial dates, citizenship, addresses and notes in every form the records allow."""

from registerbro_sandbox.persons import days
from registerbro_sandbox.persons.days import EPOCH, iso, stamp
from registerbro_sandbox.persons.homes import dwelling, foreign_address, pick, settle
from registerbro_sandbox.persons.identity import CONVERTED, former_name, name_row
from registerbro_sandbox.persons.person import Row
from registerbro_sandbox.persons.places import LOCALITIES, LONG_ROAD, PLACES
from registerbro_sandbox.persons.scene import Scene
from registerbro_sandbox.persons.words import FOREIGN_FIRST, FOREIGN_LAST, LONG_FIRST, LONG_LAST, LONG_MIDDLE


def long_names(scene: Scene) -> None:
    """Names as long as their fields, and longer: the marks say so."""
    row = name_row(LONG_FIRST, LONG_MIDDLE, LONG_LAST, scene.person.current("008")["name_start"])
    _rename(scene, {**row, "first_names_mark": "+", "middle_name_mark": "*", "last_name_mark": "="})


def no_name(scene: Scene) -> None:
    """No name is registered at all."""
    _rename(scene, {})
    scene.person.drop("026")


def first_name_only(scene: Scene) -> None:
    """Somebody with one name and no surname."""
    _rename(
        scene,
        {
            "first_names": "Nuka",
            "last_name_mark": "=",
            "name_start": "000000000000",
            "addressing_name": "Nuka",
        },
    )


def surname_first(scene: Scene) -> None:
    """An addressing name in the order that some agreements choose."""
    row = scene.person.current("008")
    _rename(scene, {**row, "addressing_name": f"{row['last_name']},{row['first_names']}"[:34]})


def _rename(scene: Scene, row: Row) -> None:
    scene.person.set("008", row)
    scene.person.amend("003", addressing_name=row.get("addressing_name", ""))


def partial_dates(scene: Scene) -> None:
    """A name from a year, a citizenship from a month, a home from a day, all of them uncertain."""
    person, year = scene.person, days.year_of(scene.person.born)
    person.amend("008", name_start=f"{year}00000000", name_start_uncertain="*")
    person.set(
        "010",
        {
            "country_code": "5100",
            "citizenship_start": f"{year + 1}09002000",
            "citizenship_start_uncertain": "*",
        },
    )
    person.amend("011", start_uncertain="*")
    moved = stamp(scene.earlier(20), "1299")
    if person.lives_here:
        person.amend("002", moved_in=moved, moved_in_uncertain="*", left_municipality_uncertain="*")
    person.amend("001", birth_date_uncertain="*", person_start_uncertain="*")


def marked_complete_dates(scene: Scene) -> None:
    """Dates known to the minute that are uncertain all the same."""
    scene.person.amend("008", name_start=stamp(scene.person.born, "1637"), name_start_uncertain="*")
    scene.person.set(
        "010", {"country_code": "5100", "citizenship_start": CONVERTED, "citizenship_start_uncertain": "*"}
    )


def corrected_history(scene: Scene) -> None:
    """Historical rows that were corrected, annulled or changed for technical reasons, so that they do not count."""
    person, day = scene.person, scene.person.born + 3000
    since, until = stamp(day, "0834"), stamp(day + 40, "0834")
    home = dwelling(pick(scene.draw, PLACES), LONG_ROAD, "047C", floor="st", door="th")
    for mark in "KAÆ":
        person.add("023", {"correction_mark": mark, **home.coded, "moved_in": since, "moved_out": since})
    person.add(
        "026", {"correction_mark": "K", **former_name(name_row("Gøril", "", "Hvidbjerg", since), since)}
    )
    person.add(
        "029",
        {
            "correction_mark": "A",
            "civil_status": "G",
            "spouse_pnr": "0000000000",
            "civil_status_start": since,
            "civil_status_end": until,
        },
    )
    person.add(
        "030",
        {
            "correction_mark": "K",
            "marital_reference": since,
            "separation_start": iso(day),
            "separation_end": iso(day),
        },
    )
    person.add(
        "024",
        {
            "correction_mark": "A",
            "exit_country_code": "5120",
            "exit": since,
            "entry_country_code": "5120",
            "entry": until,
        },
    )
    person.add("025", {"correction_mark": "A", "disappeared": since, "found": since})
    person.add(
        "027",
        {
            "correction_mark": "Æ",
            "country_code": "5110",
            "citizenship_start": since,
            "citizenship_end": since,
        },
    )


def immigrated(scene: Scene) -> None:
    """Born abroad, came here, became a citizen: 009 with a place, 024 without an exit, 027."""
    person, arrived = scene.person, stamp(scene.earlier(20), "1405")
    country, address = foreign_address(scene.draw)
    name = name_row(pick(scene.draw, FOREIGN_FIRST), "", pick(scene.draw, FOREIGN_LAST), arrived)
    person.drop("026")
    _rename(scene, name)
    person.set(
        "009", {"birth_authority_code": country, "birth_place_text": address["foreign_address_2"][:20]}
    )
    person.add(
        "024",
        {
            "exit_country_code": "0000",
            "exit": "000000000000",
            "entry_country_code": country,
            "entry": arrived,
            **address,
        },
    )
    naturalised = stamp(EPOCH - 200, "1605")
    year = days.year_of(person.born)
    person.add(
        "027",
        {
            "country_code": country,
            "citizenship_start": f"{year}00000000",
            "citizenship_start_uncertain": "*",
            "citizenship_end": naturalised,
        },
    )
    person.set("010", {"country_code": "5100", "citizenship_start": naturalised})
    person.set("011", {"church_relation": "U", "start": iso(person.born)})


def foreign_citizen(scene: Scene) -> None:
    """Stateless, outside the church."""
    scene.person.set("010", {"country_code": "5103", "citizenship_start": stamp(scene.earlier(9), "1012")})
    scene.person.set("011", {"church_relation": "U", "start": iso(scene.earlier(9))})


def found_again(scene: Scene) -> None:
    """025: disappeared for a while, twice."""
    first = scene.person.born + 5000
    for day in (first, first + 700):
        scene.person.add(
            "025",
            {
                "disappeared": stamp(day, "1756"),
                "disappeared_uncertain": "*",
                "found": stamp(day + 100, "1601"),
            },
        )


def supplementary_address(scene: Scene) -> None:
    """Five more address lines, a c/o name, a locality and a city within the post district."""
    if not scene.person.lives_here:
        return
    place = next(place for place in PLACES if place.city)
    home = dwelling(place, LONG_ROAD, "117B", floor="02", door="0001", locality=LOCALITIES[3])
    since = scene.earlier(10)
    settle(scene.person, home, stamp(since, "1310"), care_of="c/o Ærtebjerg-Østerlund & Søn")
    lines = {
        f"supplementary_address_{n}": f"Supplerende adresselinje {n}, opgang Å"[:34] for n in range(1, 6)
    }
    dates = {"supplementary_start": iso(since), "supplementary_end": iso(EPOCH + 900)}
    scene.person.amend("002", address_text_authority=place.municipality, **lines, **dates)


def municipal_matters(scene: Scene) -> None:
    """018, 019, 020 and 021: conditions, notes, franchise, an order to move."""
    person, day = scene.person, scene.earlier(5)
    for kind, comment in (("3", "Førtidspension"), ("1", "Særlig adgang, se notat")):
        person.add(
            "018", {"condition_type": kind, "condition_code": "N", "start": iso(day), "comment": comment}
        )
    person.rows["018"][-1] = {**person.rows["018"][-1], "start_uncertain": "*"}
    for number, end in (("02", EPOCH - 30), ("13", EPOCH + 800)):
        text = f"Notatlinje {number}: nøgle hos viceværten"
        person.add("019", {"note_number": number, "note_text": text, "start": iso(day), "end": iso(end)})
    person.add("020", {"election_code": "0003", "franchise_date": iso(day), "start": iso(day)})
    person.set("021", {"start": iso(day), "comment": "Flytter inden 1. maj, påbud nr. 7"})


def southern_jutland(scene: Scene) -> None:
    """Born where the municipality registers births, in a place with a name of its own."""
    scene.person.set("009", {"birth_authority_code": "0550", "birth_place_text": "Højer"})


def birth_place_unknown(scene: Scene) -> None:
    """No authority registered the birth; the birth date is blank."""
    scene.person.set("009", {"birth_authority_code": "0000"})
    scene.person.amend("001", birth_date="", birth_date_uncertain="*")


def credit_warning(scene: Scene) -> None:
    """050: a warning against giving credit."""
    scene.person.set("050", {"protection_type": "0005", "start": stamp(scene.earlier(4), "0900")})
