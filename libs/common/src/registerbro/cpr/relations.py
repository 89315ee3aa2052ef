"""References from a person's records: spouse, parents, children, custody, guardian.

* A spouse is one while the person is married or in a registered partnership; the number that the divorced, the widowed
  and the dead still carry is that of a former spouse.
* Custody of mother or father is a reference to the parent that record 015 names by number. A parent known by name only
  is in the store as a parent; a second contact of the same name would say nothing more.
* Without a start date there is no guardian. One whose guardianship has ended, or will end, carries the end date.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from registerbro.contacts.model import PARENTS, MappedReference, NameType, PartialDate, Role
from registerbro.cpr.dates import parse_date, parse_timestamp, plain_date
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.numbers import number_or_none

MARRIED = frozenset("GP")
GUARDIAN_BY_NAME = "0002"

Texts = Mapping[str, Sequence[str]]  # the texts of a person's records by type


def at(record_type: str, name: str) -> slice:
    """Where a field stands in a record's text."""
    return LAYOUTS[record_type].field(name).slice


_CIVIL_STATUS = at("012", "civil_status")
_CIVIL_STATUS_START = at("012", "civil_status_start")
_CIVIL_STATUS_MARK = at("012", "civil_status_start_uncertain")
_SPOUSE = at("012", "spouse_pnr")
_SPOUSE_NAME = at("012", "spouse_name")
_CHILD = at("014", "child_pnr")
_MOTHER = at("015", "mother_pnr")
_MOTHER_NAME = at("015", "mother_name")
_MOTHER_DATE = at("015", "mother_date")
_FATHER = at("015", "father_pnr")
_FATHER_NAME = at("015", "father_name")
_FATHER_DATE = at("015", "father_date")
_CUSTODY_TYPE = at("016", "relation_type")
_CUSTODY_START = at("016", "custody_start")
_CUSTODY_END = at("016", "custody_end")
_HOLDER = at("016", "holder_pnr")
_GUARDIANSHIP_START = at("017", "guardianship_start")
_GUARDIANSHIP_MARK = at("017", "guardianship_start_uncertain")
_GUARDIANSHIP_END = at("017", "guardianship_end")
_GUARDIAN_TYPE = at("017", "relation_type")
_GUARDIAN = at("017", "guardian_pnr")
_GUARDIAN_START = at("017", "guardian_start")
_GUARDIAN_NAME = at("017", "guardian_name")
_GUARDIAN_NAME_START = at("017", "guardian_text_start")


def civil_status(text: str) -> tuple[str, PartialDate | None]:
    """The code of record 012, and since when."""
    return text[_CIVIL_STATUS].strip(), parse_timestamp(text[_CIVIL_STATUS_START], text[_CIVIL_STATUS_MARK])


def guardianship(texts: Texts) -> tuple[str, PartialDate | None]:
    """The record that tells of a guardianship (052 before 017, which it repeats), and since when there is one."""
    for record_type in ("052", "017"):
        for text in texts.get(record_type, ()):
            if start := parse_date(text[_GUARDIANSHIP_START], text[_GUARDIANSHIP_MARK]):
                return text, start
    return "", None


def references(texts: Texts, guardian_name_type: str) -> tuple[MappedReference, ...]:
    """All references of a person, each contact at most once in a role."""
    parents = texts["015"][0] if "015" in texts else ""
    found = [_spouse(texts["012"][0])] if "012" in texts else []
    if parents:
        found += _parents(parents)
    if "014" in texts:
        found += _children(texts["014"])
    if "016" in texts:
        found += _custody(texts["016"], parents)
    if "017" in texts or "052" in texts:
        found.append(_guardian(texts, guardian_name_type))
    return tuple(reference for reference in found if reference)


def _reference(
    role: Role,
    number: str,
    name: str,
    *,
    name_type: str = NameType.PERSON_WITHOUT_NUMBER,
    restrictor: str = "",
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> MappedReference | None:
    """By number if there is one, else by name, else none."""
    known = number_or_none(number)
    name = name.strip()
    if known:
        return MappedReference(role, NameType.PERSON, known, None, restrictor, start, end)
    if name:
        return MappedReference(role, name_type, None, name, restrictor, start, end)
    return None


def _spouse(text: str) -> MappedReference | None:
    status, since = civil_status(text)
    if status not in MARRIED:
        return None
    return _reference(
        Role.SPOUSE, text[_SPOUSE], text[_SPOUSE_NAME], start=since.as_date() if since else None
    )


def _parents(text: str) -> list[MappedReference | None]:
    return [
        _reference(role, text[number], text[name], restrictor=PARENTS, start=plain_date(text[start]))
        for role, number, name, start in (
            (Role.FATHER, _FATHER, _FATHER_NAME, _FATHER_DATE),
            (Role.MOTHER, _MOTHER, _MOTHER_NAME, _MOTHER_DATE),
        )
    ]


def _children(texts: Sequence[str]) -> Iterator[MappedReference | None]:
    for number in dict.fromkeys(text[_CHILD] for text in texts):
        yield _reference(Role.CHILD, number, "")


def _custody(texts: Sequence[str], parents: str) -> Iterator[MappedReference | None]:
    seen: set[str] = set()
    for text in texts:
        match text[_CUSTODY_TYPE]:
            case "0003":
                holder = parents[_MOTHER]
            case "0004":
                holder = parents[_FATHER]
            case _:
                holder = text[_HOLDER]
        if holder not in seen:
            seen.add(holder)
            yield _reference(
                Role.CUSTODY,
                holder,
                "",
                start=plain_date(text[_CUSTODY_START]),
                end=plain_date(text[_CUSTODY_END]),
            )


def _guardian(texts: Texts, name_type: str) -> MappedReference | None:
    text, since = guardianship(texts)
    if since is None:
        return None
    is_by_name = text[_GUARDIAN_TYPE] == GUARDIAN_BY_NAME
    start = plain_date(text[_GUARDIAN_NAME_START if is_by_name else _GUARDIAN_START])
    return _reference(
        Role.GUARDIAN,
        "" if is_by_name else text[_GUARDIAN],
        text[_GUARDIAN_NAME],
        name_type=name_type,
        start=start or since.as_date(),
        end=plain_date(text[_GUARDIANSHIP_END]),
    )
