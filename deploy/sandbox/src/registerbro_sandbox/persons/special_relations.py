"""Special cases: protections, guardians, custody, marriages, parents and children."""

from registerbro_sandbox.persons import days
from registerbro_sandbox.persons.days import EPOCH, YEAR, iso, stamp
from registerbro_sandbox.persons.person import Row
from registerbro_sandbox.persons.scene import Scene

FAR_FUTURE = 36_500  # days: protections of old were given for a hundred years
CHILDREN = 12
FIRST_CHILD = days.day(1985)


def protected(scene: Scene) -> None:
    """Name and address protection in force, with an end far ahead."""
    start = scene.earlier(9)
    scene.person.rows["004"] = [
        {"protection_type": "0001", "start": iso(start), "end": iso(start + FAR_FUTURE)}
    ]


def protection_lapsed(scene: Scene) -> None:
    """Name and address protection that ended before today."""
    start = EPOCH - 900
    scene.person.rows["004"] = [{"protection_type": "0001", "start": iso(start), "end": iso(start + 365)}]


def protection_to_come(scene: Scene) -> None:
    """A protection that begins in the future."""
    start = EPOCH + int(25 * YEAR)
    scene.person.rows["004"] = [{"protection_type": "0001", "start": iso(start), "end": iso(start + 365)}]


def all_protections(scene: Scene) -> None:
    """The four kinds at once, the first two without an end."""
    start = scene.earlier(12)
    rows: list[Row] = [{"protection_type": kind, "start": iso(start)} for kind in ("0001", "0002")]
    rows += [
        {"protection_type": kind, "start": iso(start), "end": iso(start + FAR_FUTURE)}
        for kind in ("0003", "0004")
    ]
    scene.person.rows["004"] = rows


def guardian_by_number(scene: Scene) -> None:
    """017, guardian given by number."""
    scene.person.set("017", by_number(scene.other.number, scene.earlier(12)))


def guardian_by_name(scene: Scene) -> None:
    """017, guardian given by name and address, with a planned end."""
    row = by_name("Foreningen Værgehjælp, Åse Ulvskov", scene.earlier(12))
    scene.person.set("017", {**row, "guardianship_end": iso(EPOCH + 700)})


def typed_guardian_by_number(scene: Scene) -> None:
    """052, guardian given by number."""
    scene.person.set("052", {**by_number(scene.other.number, scene.earlier(5)), "guardianship_type": "FULD"})


def typed_guardian_by_name(scene: Scene) -> None:
    """052, guardian given by name, the date uncertain."""
    row = by_name("Jørgen Ålekær", scene.earlier(5))
    scene.person.set("052", {**row, "guardianship_start_uncertain": "*", "guardianship_type": "FULD"})


def by_number(number: str, day: int) -> Row:
    """A guardianship by number from a day on."""
    since = iso(day)
    return {
        "guardianship_start": since,
        "relation_type": "0001",
        "guardian_pnr": number,
        "guardian_start": since,
    }


def by_name(name: str, day: int) -> Row:
    """A guardianship by name from a day on."""
    since = iso(day)
    row = {
        "guardianship_start": since,
        "relation_type": "0002",
        "guardian_name": name,
        "guardian_text_start": since,
    }
    return {**row, "relation_text_1": "Engblommevej 9", "relation_text_2": "5700 Svendborg"}


def custody_by_others(scene: Scene) -> None:
    """016: two others hold custody of the youngest child of the family, one of them until a set day."""
    child = scene.family.persons[10]
    since = iso(max(child.born, EPOCH - 900))
    first = {
        "relation_type": "0005",
        "custody_start": since,
        "holder_pnr": scene.person.number,
        "holder_start": since,
    }
    second = {
        **first,
        "relation_type": "0006",
        "holder_pnr": scene.other.number,
        "custody_end": iso(EPOCH + 500),
    }
    child.rows["016"] = [first, second]


def partnership(scene: Scene) -> None:
    """P: a registered partnership with a neighbour."""
    when = stamp(_grown_up(scene), "1400")
    for person, partner in ((scene.person, scene.other), (scene.other, scene.person)):
        person.set("012", {"civil_status": "P", "spouse_pnr": partner.number, "civil_status_start": when})


def partnership_dissolved(scene: Scene) -> None:
    """O: a partnership that was dissolved; the day is known, the time is not."""
    _former_partnership(scene, "O")


def partner_survived(scene: Scene) -> None:
    """L: the partner died."""
    _former_partnership(scene, "L")


def _former_partnership(scene: Scene, status: str) -> None:
    begun = _grown_up(scene)
    ended = stamp(begun + (EPOCH - begun) // 2, "1299")
    row = {"spouse_pnr": scene.other.number, "civil_status_start": stamp(begun)}
    scene.person.add(
        "029", {"civil_status": "P", **row, "civil_status_end": ended, "civil_status_end_uncertain": "*"}
    )
    scene.person.set(
        "012",
        {"civil_status": status, **row, "civil_status_start": ended, "civil_status_start_uncertain": "*"},
    )


def _grown_up(scene: Scene) -> int:
    youngest = max(scene.person.born, scene.other.born)
    return min(youngest + int(20 * YEAR), EPOCH - 400)


def spouse_by_name(scene: Scene) -> None:
    """G: married abroad to somebody without a number."""
    row = {"civil_status": "G", "spouse_name": "Lindströmer,Sörine", "spouse_birth_date": "1961-02-03"}
    row |= {"spouse_birth_date_uncertain": "*", "spouse_name_mark": "="}
    scene.person.set(
        "012",
        {
            **row,
            "civil_status_start": f"{days.year_of(_grown_up(scene))}00001299",
            "civil_status_start_uncertain": "*",
        },
    )


def widowed_of_unknown(scene: Scene) -> None:
    """E: nothing is known of the late spouse but a name; the number is ten zeros."""
    since = stamp(_grown_up(scene) + 300)
    scene.person.set(
        "012",
        {
            "civil_status": "E",
            "spouse_pnr": "0000000000",
            "spouse_name": "Wojtas,Piotr",
            "civil_status_start": since,
        },
    )


def separated(scene: Scene) -> None:
    """013: married and living apart, and 030 with 029 from a separation before that was given up."""
    person, other, married = scene.person, scene.other, _grown_up(scene)
    apart, again, since = (stamp(married + n, "0839") for n in (100, 200, 300))
    spouse = {"civil_status": "G", "spouse_pnr": other.number, "civil_status_start": stamp(married)}
    person.add("029", {**spouse, "civil_status_end": again, "separation_reference": apart})
    person.add(
        "030",
        {
            "marital_reference": apart,
            "separation_start": iso(married + 100),
            "separation_end": iso(married + 200),
        },
    )
    person.set("013", {"marital_reference": since, "separation_start": iso(married + 300)})
    person.set("012", {**spouse, "civil_status_start": again, "separation_reference": since})


def many_children(scene: Scene) -> None:
    """Twelve children, none of them in the population."""
    index, births = scene.family.index, scene.births
    numbers = [births.outsider(index, n, FIRST_CHILD + 400 * n, bool(n % 2)) for n in range(CHILDREN)]
    scene.person.rows["014"] = [{"child_pnr": number} for number in numbers]


def parents_unknown(scene: Scene) -> None:
    """Neither parent is known."""
    scene.person.set("015", {"mother_pnr": "0000000000", "father_pnr": "0000000000"})


def parents_by_name(scene: Scene) -> None:
    """The mother by name and birth date, the father by an abbreviated name alone."""
    born = iso(scene.person.born)
    mother = {
        "mother_date": born,
        "mother_name": "Rosalini,Giulia Fernández",
        "mother_birth_date": "1931-10-10",
    }
    father = {
        "father_date": born,
        "father_date_uncertain": "*",
        "father_name": "O'Keel,Bogdan",
        "father_name_mark": "+",
    }
    scene.person.set("015", {**mother, "mother_birth_date_uncertain": "*", **father})


def one_parent(scene: Scene) -> None:
    """The mother by number, the father unknown; she is the old lady next door."""
    mother = scene.family.persons[1]
    scene.person.set("015", {"mother_date": iso(scene.person.born), "mother_pnr": mother.number})
    mother.add("014", {"child_pnr": scene.person.number})
