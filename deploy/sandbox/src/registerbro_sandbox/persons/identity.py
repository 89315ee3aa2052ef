"""Who a fictional person is: names, birth, citizenship, church and protection."""

from registerbro_sandbox.persons.days import (
    ADULT,
    CLOCK,
    EPOCH,
    REGISTER_CONVERTED,
    UNCERTAIN_BEFORE,
    YEAR,
    iso,
    stamp,
    year_of,
)
from registerbro_sandbox.persons.homes import Draw, pick
from registerbro_sandbox.persons.person import DEAD, Person, Row
from registerbro_sandbox.persons.places import DENMARK, PARISHES, SOUTHERN_JUTLAND
from registerbro_sandbox.persons.words import FEMALE, MALE, MIDDLE, OCCUPATIONS

CONVERTED = "199103201299"  # when the register was converted: the commonest start of a citizenship
_CITIZEN_OF_OLD = {
    "country_code": DENMARK,
    "citizenship_start": CONVERTED,
    "citizenship_start_uncertain": "*",
}


def name(person: Person, own: str, family_name: str, married: int, draw: Draw) -> None:
    """Names, 008, and those before, 026: of somebody born ``own`` who may take the family's name when ``married``."""
    firsts = MALE if person.is_male else FEMALE
    first = pick(draw, firsts)
    if draw() < 0.3:
        first += " " + pick(draw, firsts)
    middle = pick(draw, MIDDLE) if draw() < 0.35 else ""
    chance = draw()
    if person.born < UNCERTAIN_BEFORE and chance < 0.5:
        since, mark = f"{year_of(person.born)}00001299", "*"  # no more than the year is known
    else:
        since, mark = stamp(person.born, CLOCK[int(draw() * len(CLOCK))]), ""
    if married and chance < 0.75:
        until = stamp(married)
        person.add("026", former_name(name_row(first, middle, own, since, mark), until))
        own, since, mark = family_name, until, ""
    elif chance > 0.8:  # named some weeks after the birth
        until = stamp(person.born + 20 + int(chance * 50))
        person.add("026", {"last_name": own, "name_start": since, "name_end": until})
        since, mark = until, ""
    person.rows["008"] = [name_row(first, middle, own, since, mark)]


def name_row(first: str, middle: str, last: str, since: str, mark: str = "") -> Row:
    """A row of 008; ``since`` is a time stamp, ``mark`` its uncertainty."""
    row = {"first_names": first, "last_name": last, "name_start": since}
    if mark:
        row["name_start_uncertain"] = mark
    if middle:
        row["middle_name"] = middle
        row["addressing_name"] = f"{first} {middle} {last}"[:34].rstrip()
    else:
        row["addressing_name"] = f"{first} {last}"[:34].rstrip()
    return row


def former_name(row: Row, until: str) -> Row:
    """The historical row of a name."""
    former = {**row, "name_end": until}
    former.pop("addressing_name", None)
    return former


def identify(person: Person, died: int, draw: Draw) -> None:
    """Status, 001, birth, 009, citizenship, 010, church, 011 and 028, and protection, 004."""
    rows, born = person.rows, iso(person.born)
    row = {"status": "01", "sex": "M" if person.is_male else "K", "birth_date": born, "person_start": born}
    if died:
        row["status"], row["status_start"] = DEAD, stamp(died)
    if person.born < UNCERTAIN_BEFORE:
        row["person_start_uncertain"] = "*"
    elif person.born < ADULT:
        row["occupation"] = pick(draw, OCCUPATIONS)
    rows["001"] = [row]
    if not died and draw() < 0.06:
        rows["004"] = _protections(draw)
    chance = draw()
    authorities = SOUTHERN_JUTLAND if chance < 0.08 else PARISHES
    rows["009"] = [{"birth_authority_code": pick(draw, authorities)}]
    if person.born < REGISTER_CONVERTED:
        rows["010"] = [_CITIZEN_OF_OLD]
    else:
        rows["010"] = [{"country_code": DENMARK, "citizenship_start": stamp(person.born, "1010")}]
    if chance < 0.75 or person.born >= ADULT:
        rows["011"] = [{"church_relation": "F" if chance < 0.85 else "U", "start": born}]
    else:
        left = iso(min(person.born + int(YEAR * 18 + (EPOCH - person.born) * chance * 0.2), died or EPOCH))
        rows["011"] = [{"church_relation": "A" if chance < 0.9 else "U", "start": left}]
        rows["028"] = [{"church_relation": "F", "start": born, "end": left}]


def _protections(draw: Draw) -> list[Row]:
    """The name and address for a year that may have passed, directories and marketing for a life."""
    start = EPOCH - int(draw() * 1200)
    since, end = iso(start), iso(start + int(800 + draw() * 400))
    return [
        {"protection_type": "0001", "start": since, "end": end},
        *(
            {"protection_type": kind, "start": since, "end": iso(start + 36_500)}
            for kind in ("0002", "0003")[: int(draw() * 3)]
        ),
    ]
