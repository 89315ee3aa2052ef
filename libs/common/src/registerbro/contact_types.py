"""Contact types: what numbers their contacts have, what makes a number valid, and where a type is missing.

    ContactTypeError
    ├── ContactTypeMissing(name_type)   there is no such type in the store
    ├── ContactTypeUnfit(name_type)     its numbers are not the register's
    ├── DefinitionRefused(reason)       a type that cannot be defined so
    ├── NumberRefused(reason)           not a number of its type; the reason never repeats it
    └── NumbersExhausted(name_type)     every number of the type's length is given out

A type without a validation rule has contacts without a number, or with any text as one (``P``: persons without a CPR
number). A type with ``auto_id`` gives its contacts numbers by itself, counted up and filled with zeros to its length.
"""

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import aiosql

from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.cvr.numbers import CvrNumber, InvalidUnitNumber, PNumber
from registerbro.database import Connection, Pool

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
_NAME_TYPE = re.compile(r"[A-Z][A-Z0-9]{0,9}")
LONGEST = 50  # characters of a number that no register gives
LONGEST_COUNTED = 18  # digits: what fits in the store's integers
LONGEST_TITLE = 200
_DENMARK = ZoneInfo("Europe/Copenhagen")


class Validation(enum.StrEnum):
    """The rules that a type can have for its numbers, by the names that the store keeps."""

    CPR = "CPR"
    LEGAL_UNIT = "CVR (Legal Units)"
    PRODUCTION_UNIT = "CVR (Production Units)"
    TEXT = "text"  # any printable text, as long as the type allows


class ContactTypeError(Exception):
    """An error with a contact type; its text is one line without personal data."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class ContactTypeMissing(ContactTypeError):
    """There is no contact type of that name in the store."""

    def __init__(self, name_type: str) -> None:
        super().__init__(f"there is no contact type {name_type}: it is defined in the configuration first")
        self.name_type = name_type

    @property
    def facts(self) -> Mapping[str, Any]:
        """The type that is missing."""
        return {"name_type": self.name_type}


class ContactTypeUnfit(ContactTypeError):
    """The contact type is there, and has not the validation that a register's numbers need."""

    def __init__(self, name_type: str, validation: str) -> None:
        super().__init__(f"contact type {name_type} has not the validation {validation}")
        self.name_type = name_type

    @property
    def facts(self) -> Mapping[str, Any]:
        """The type that does not fit."""
        return {"name_type": self.name_type}


class DefinitionRefused(ContactTypeError):
    """A contact type that cannot be defined so."""


class NumberRefused(ContactTypeError):
    """A text that is no number of the contact type."""


class NumbersExhausted(ContactTypeError):
    """Every number of the type's length is given out."""

    def __init__(self, name_type: str) -> None:
        super().__init__(f"all numbers of contact type {name_type} are given out: its length allows no more")


@dataclasses.dataclass(frozen=True, slots=True)
class ContactType:
    """A row of ``contact_type``. ``length``: of a register's or counted number exactly, of other texts at most."""

    name_type: str
    title: str
    auto_id: bool = False
    length: int | None = None
    validation: str | None = None

    @property
    def has_number(self) -> bool:
        """Whether each of its contacts has a number."""
        return self.auto_id or self.validation is not None


def check_definition(wanted: ContactType) -> None:
    """Raises ``DefinitionRefused`` where a type of this form could not work."""
    for is_wrong, reason in _objections(wanted):
        if is_wrong:
            raise DefinitionRefused(reason)


def valid_number(contact_type: ContactType, text: str) -> str:
    """The number in ``text`` as the store keeps it, by the type's rule. Raises ``NumberRefused``."""
    if contact_type.validation is None:
        return _free_text(text, contact_type.length)
    rule, length = _RULES[Validation(contact_type.validation)]
    return rule(text, length or contact_type.length)


async def find(connection: "Connection | Pool", name_type: str) -> ContactType | None:
    """The type of that name."""
    row = await _SQL.find_type(connection, name_type=name_type)
    return ContactType(**row) if row else None


async def require(connection: "Connection | Pool", name_type: str) -> ContactType:
    """The type of that name. Raises ``ContactTypeMissing``."""
    found = await find(connection, name_type)
    if found is None:
        raise ContactTypeMissing(name_type)
    return found


async def require_all(connection: Connection, name_types: Collection[str]) -> None:
    """Raises ``ContactTypeMissing`` for the first of them that is not there."""
    missing = await _SQL.missing_type(connection, name_types=sorted(name_types))
    if missing is not None:
        raise ContactTypeMissing(missing)


async def next_number(connection: Connection, contact_type: ContactType) -> str:
    """A number for a new contact of a type with ``auto_id``, in the caller's transaction. Raises ``NumbersExhausted``.

    Whoever takes the next one waits until the transaction ends, so that no number is left out.
    """
    counted: int = await _SQL.count_number(connection, name_type=contact_type.name_type)
    number = str(counted).zfill(contact_type.length or 0)
    if len(number) > (contact_type.length or LONGEST_COUNTED):
        raise NumbersExhausted(contact_type.name_type)
    return number


def _objections(wanted: ContactType) -> tuple[tuple[bool, str], ...]:
    rules = {rule.value for rule in Validation}
    exact = _RULES[Validation(wanted.validation)][1] if wanted.validation in rules else None
    longest = LONGEST_COUNTED if wanted.auto_id else LONGEST
    return (
        (
            not _NAME_TYPE.fullmatch(wanted.name_type),
            "a type is named by 1 to 10 capital letters A-Z and digits, a letter first",
        ),
        (
            not (wanted.title.strip() and wanted.title.isprintable() and len(wanted.title) <= LONGEST_TITLE),
            f"the title is a text of 1 to {LONGEST_TITLE} printable characters",
        ),
        (
            wanted.validation is not None and wanted.validation not in rules,
            f"the validation is one of: {', '.join(sorted(rules))}; or none",
        ),
        (
            wanted.auto_id and exact is not None,
            "numbers that a register gives cannot be counted up: auto id goes with the validation text, or none",
        ),
        (
            exact is not None and wanted.length not in (None, exact),
            f"numbers of this validation have {exact} digits",
        ),
        (
            wanted.length is not None and not 1 <= wanted.length <= longest,
            f"the length is 1 to {longest} characters",
        ),
    )


def _cpr(text: str, _: int | None) -> str:
    try:
        number = CprNumber.parse(text)
    except InvalidCprNumber as error:
        raise NumberRefused(str(error)) from None
    born = number.birth_date
    if born is None or born > dt.datetime.now(_DENMARK).date():
        raise NumberRefused("not a CPR number: it holds no birth date of the past")
    return number.value


def _cvr(text: str, _: int | None) -> str:
    try:
        return CvrNumber.parse(text).value
    except InvalidUnitNumber as error:
        raise NumberRefused(f"not a CVR number: {error}") from None


def _p_number(text: str, _: int | None) -> str:
    try:
        return PNumber.parse(text).value
    except InvalidUnitNumber as error:
        raise NumberRefused(f"not a P-number: {error}") from None


def _free_text(text: str, length: int | None) -> str:
    number, most = text.strip(), length or LONGEST
    if not number or not number.isprintable() or len(number) > most:
        raise NumberRefused(f"a number of this type is a text of 1 to {most} printable characters")
    return number


_Rule: TypeAlias = Callable[[str, int | None], str]
_RULES: dict[Validation, tuple[_Rule, int | None]] = {  # with the length that is the only possible one
    Validation.CPR: (_cpr, 10),
    Validation.LEGAL_UNIT: (_cvr, 8),
    Validation.PRODUCTION_UNIT: (_p_number, 10),
    Validation.TEXT: (_free_text, None),
}
