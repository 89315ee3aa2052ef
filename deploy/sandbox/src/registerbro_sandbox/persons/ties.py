"""Life events between persons: marriage, divorce, guardians."""

from registerbro_sandbox.persons.moment import Moment, Touched, require
from registerbro_sandbox.persons.person import Person, Row
from registerbro_sandbox.persons.special_relations import by_name, by_number

_UNRELATED = (12, 13, 14, 15)
_SINGLE = frozenset("UFEOL")
_WIDOWED = {"G": "E", "P": "L"}
_PARTED = {"G": "F", "P": "O"}
_FORMER_SPOUSE = {"G": "TÆ", "P": "TP"}


def marries(moment: Moment) -> list[Touched]:
    """Somebody single marries a single neighbour."""
    person = moment.person
    require(moment.is_adult(person) and _status(person) in _SINGLE, "is not free to marry")
    related = person.slot not in _UNRELATED
    partners = [
        p for p in moment.others(*_UNRELATED) if _status(p) in _SINGLE and not p.mentions(person.number)
    ]
    require(bool(partners) and (not related or person.slot in {4, 7}), "nobody is there to marry")
    partner = partners[0]
    for one, other in ((person, partner), (partner, person)):
        _end_civil_status(one, moment.at)
        one.set("012", {"civil_status": "G", "spouse_pnr": other.number, "civil_status_start": moment.at})
    return [Touched(person, "A24"), Touched(partner, "A24", "NÆ")]


def divorces(moment: Moment) -> list[Touched]:
    """A marriage or partnership ends; the former spouse stays named in 012."""
    person, status = moment.person, _status(moment.person)
    require(status in _PARTED and person.lives_here, "is not married")
    spouse = spouse_of(moment)
    for one in filter(None, (person, spouse)):
        _succeed(one, _PARTED[status], moment.at)
        one.drop("013")
    touched = [Touched(person, "A24")]
    return [*touched, Touched(spouse, "A24", _FORMER_SPOUSE[status])] if spouse else touched


def spouse_of(moment: Moment) -> Person | None:
    """The present spouse, if in the family and agreed on it."""
    spouse = moment.family.by_number(moment.person.current("012").get("spouse_pnr", ""))
    agreed = (
        spouse
        and spouse.current("012").get("spouse_pnr") == moment.person.number
        and _status(spouse) in _PARTED
    )
    return spouse if agreed else None


def bereave(moment: Moment) -> list[Touched]:
    """The civil status of the dead and of who survives them."""
    spouse, status = spouse_of(moment), _status(moment.person)
    _succeed(moment.person, "D", moment.at)
    if not spouse:
        return []
    _succeed(spouse, _WIDOWED[status], moment.at)
    spouse.drop("013")
    return [Touched(spouse, "A21", "ÆG" if status == "G" else "PA")]


def gets_guardian(moment: Moment) -> list[Touched]:
    """A guardian by number or by name, in the older (017) or the newer record (052)."""
    person, draw = moment.person, moment.draw
    require(moment.is_adult(person), "is not of age, or does not live here")
    require("017" not in person.rows and "052" not in person.rows, "has a guardian")
    others = moment.others()
    guardian = others[0] if others and draw() < 0.6 else None
    row = by_number(guardian.number, moment.day) if guardian else by_name("Lærke Ørnebo", moment.day)
    if draw() < 0.25:
        person.set("052", {**row, "guardianship_type": "FULD"})
    else:
        person.set("017", row)
    return [Touched(person, "A73"), *([Touched(guardian, "A73", "NV")] if guardian else [])]


def loses_guardian(moment: Moment) -> list[Touched]:
    """The guardianship is lifted."""
    person = moment.person
    rows: list[Row] = [person.current(kind) for kind in ("017", "052")]
    require(any(rows), "has no guardian")
    guardians = [moment.family.by_number(row.get("guardian_pnr", "")) for row in rows]
    person.drop("017")
    person.drop("052")
    return [Touched(person, "A73"), *(Touched(guardian, "A73", "VS") for guardian in guardians if guardian)]


def _status(person: Person) -> str:
    return person.current("012").get("civil_status", "")


def _end_civil_status(person: Person, until: str) -> None:
    """Turn the current civil status into a historical one, unless it says no more than unmarried."""
    old = person.current("012")
    if old.get("civil_status") not in {"U", None}:
        person.add("029", {**old, "civil_status_end": until})


def _succeed(person: Person, status: str, since: str) -> None:
    old = person.current("012")
    _end_civil_status(person, since)
    spouse = {name: value for name, value in old.items() if name.startswith("spouse_")}
    person.set("012", {"civil_status": status, **spouse, "civil_status_start": since})
