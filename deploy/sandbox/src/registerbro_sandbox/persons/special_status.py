"""Special cases: every status of the register, and numbers that were changed, double, annulled or administrative."""

from registerbro_sandbox.persons import days
from registerbro_sandbox.persons.days import EPOCH, YEAR, iso, stamp
from registerbro_sandbox.persons.homes import (
    Home,
    any_home,
    close_address,
    foreign_address,
    greenland_home,
    pick,
    settle,
)
from registerbro_sandbox.persons.person import ABROAD, DEAD, DISAPPEARED, Person
from registerbro_sandbox.persons.places import SPECIAL_ROADS
from registerbro_sandbox.persons.scene import Scene


def special_road(scene: Scene) -> None:
    """03: registered on a road code that is no place to live."""
    _on_special_road(scene, any_home(scene.draw), "03")


def greenland(scene: Scene) -> None:
    """05: resident in Greenland."""
    since = stamp(scene.earlier(20), "1215")
    settle(scene.person, greenland_home(scene.draw), since)
    scene.person.amend("001", status="05", status_start=since)


def greenland_special_road(scene: Scene) -> None:
    """07: registered in Greenland on a special road code."""
    _on_special_road(scene, greenland_home(scene.draw), "07")


def _on_special_road(scene: Scene, home: Home, status: str) -> None:
    since = stamp(scene.earlier(8), "1100")
    coded = {
        "municipality_code": home.municipality,
        "road_code": pick(scene.draw, SPECIAL_ROADS),
        "house_number": "",
    }
    settle(scene.person, Home(coded, coded), since)
    scene.person.amend("001", status=status, status_start=since)


def administrative(scene: Scene) -> None:
    """20: a number for tax or pension, with 60 added to the day; the person never lived here."""
    person = scene.person
    scene.renumber(
        scene.births.number(scene.family.index, person.slot, person.is_male, is_administrative=True)
    )
    since = scene.earlier(15)
    for record_type in ("002", "011", "023", "026", "028", "029", "004", "016"):
        person.drop(record_type)
    authority = pick(scene.draw, ("0010", "0011", "0012", "0019"))
    person.set("002", {"municipality_code": authority, "moved_in": stamp(since, "1000")})
    person.set(
        "003", {"addressing_name": person.current("008")["addressing_name"], "municipality_code": authority}
    )
    person.set("009", {"birth_authority_code": "5154"})
    person.set("010", {"country_code": "5154", "citizenship_start": stamp(person.born, "1200")})
    person.set("012", {"civil_status": "U"})
    person.amend(
        "001",
        status="20",
        status_start=stamp(since, "1000"),
        person_start=iso(since),
        person_start_uncertain="",
    )


def annulled(scene: Scene) -> None:
    """30: the number was given by mistake."""
    until = scene.earlier(10)
    close_address(scene.person, stamp(until, "0930"))
    scene.person.amend("001", status="30", status_start=stamp(until, "0930"), person_end=iso(until))


def double_number(scene: Scene) -> None:
    """50: somebody had two numbers; the neighbour's number is the one that counts."""
    _give_up_number(scene, "50", is_corrected=False)


def changed_number(scene: Scene) -> None:
    """60: birth date or sex was corrected; the neighbour is the same person under the new number."""
    _give_up_number(scene, "60", is_corrected=True)


def _give_up_number(scene: Scene, status: str, *, is_corrected: bool) -> None:
    """Let ``person`` be the former number of ``other``; ``other`` becomes the same person."""
    old, new = scene.person, scene.other
    when = scene.earlier(18)
    close_address(old, stamp(when, "1450"))
    old.amend(
        "001", current_pnr=new.number, status=status, status_start=stamp(when, "1450"), person_end=iso(when)
    )
    for record_type in ("008", "009", "010", "015"):
        new.set(record_type, old.current(record_type))
    new.amend("003", addressing_name=old.current("008")["addressing_name"])
    new.drop("026")
    began = iso(when) if is_corrected else iso(old.born)
    new.amend("001", person_start=began, person_start_uncertain="")
    new.add(
        "022",
        {
            "old_pnr": old.number,
            "old_pnr_start": iso(old.born),
            "old_pnr_start_uncertain": "*",
            "old_pnr_end": iso(when),
        },
    )
    if is_corrected:  # and had been changed once before, with a number that is delivered no more
        earlier = scene.births.number(scene.family.index, old.slot, not old.is_male, 1)
        until = old.born + int(YEAR)
        new.add("022", {"old_pnr": earlier, "old_pnr_start": iso(old.born), "old_pnr_end": iso(until)})


def disappeared(scene: Scene) -> None:
    """70: nobody knows where the person is; somebody is to be asked."""
    person, when = scene.person, stamp(scene.earlier(12), "1541")
    close_address(person, when)
    person.rows["023"][-1] = {**person.rows["023"][-1], "moved_out_uncertain": "*"}
    person.set("007", {"disappeared": when, "disappeared_uncertain": "*"})
    person.amend("001", status=DISAPPEARED, status_start=when, status_start_uncertain="*")
    contact_address(scene)


def emigrated(scene: Scene) -> None:
    """80: moved abroad, with the address there, the right to vote kept and a contact address at home."""
    leave_country(scene.person, scene, scene.earlier(15))
    start = iso(EPOCH - 400)
    scene.person.add(
        "020", {"election_code": "0001", "franchise_date": start, "start": start, "end": iso(EPOCH + 1100)}
    )
    contact_address(scene, EPOCH + 900)


def leave_country(person: Person, scene: Scene, day: int) -> None:
    """Move abroad on a day."""
    when = stamp(day, "1130")
    close_address(person, when)
    country, address = foreign_address(scene.draw)
    person.set("005", {"country_code": country, "emigrated": when, **address})
    person.amend("001", status=ABROAD, status_start=when)


def contact_address(scene: Scene, end: int | None = None) -> None:
    """006: where the person, or somebody who answers for them, can be reached; until ``end`` where that is known."""
    name = scene.other.current("008").get("addressing_name", "")
    lines = (f"Att. {name}"[:34], "Postboks 117", "Havnegade 4, 2. tv", "8000 Aarhus C")
    row = {f"line_{n}": line for n, line in enumerate(lines, 1)} | {"start": iso(EPOCH - 600)}
    scene.person.set("006", {**row, "end": iso(end)} if end else row)


def dead(scene: Scene) -> None:
    """90: dead, with a contact address for the estate."""
    person, when = scene.person, stamp(scene.earlier(6), "0540")
    close_address(person, when)
    person.amend("001", status=DEAD, status_start=when)
    person.set("012", {"civil_status": "D", "civil_status_start": when})
    contact_address(scene, EPOCH - 200)


def born_before_1900(scene: Scene) -> None:
    """A number of the nineteenth century; the death is known to the year."""
    person = scene.person
    person.born, number = scene.births.oldest(scene.family.index, person.is_male)
    scene.renumber(number)
    died = f"{days.year_of(person.born) + 81}00000000"
    for record_type in ("002", "004", "023", "026", "028", "029"):
        person.drop(record_type)
    person.set("003", {"addressing_name": person.current("008")["addressing_name"]})
    row = {
        "status": DEAD,
        "status_start": died,
        "status_start_uncertain": "*",
        "sex": "M" if person.is_male else "K",
    }
    person.set(
        "001",
        {**row, "birth_date": iso(person.born), "birth_date_uncertain": "*", "person_start": "1968-04-02"},
    )
    person.set(
        "010",
        {
            "country_code": "5100",
            "citizenship_start": f"{days.year_of(person.born)}00000000",
            "citizenship_start_uncertain": "*",
        },
    )
    person.set("011", {"church_relation": "F", "start": iso(person.born), "start_uncertain": "*"})
    person.set("012", {"civil_status": "D", "spouse_name": "Søndergrav,Ærna", "civil_status_start": died})
    person.set("015", {"mother_date": iso(person.born), "mother_date_uncertain": "*"})
