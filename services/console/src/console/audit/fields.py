"""What may stand in requests about the audit log."""

import datetime as dt
import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from registerbro import purposes
from registerbro.api import Whole
from registerbro.cpr.numbers import CprNumber
from registerbro.ids import LAST_ID

from console.audit.inquiries import Number, Position

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGITS = {"J": re.compile(r"\d{8}"), "V": re.compile(r"\d{10}")}
EARLIEST, LATEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
NameType: TypeAlias = Literal["C", "J", "V"]


def number(name_type: str, text: str) -> Number:
    """A number as the log hashes it; ``ValueError`` says what is wrong, never the digits."""
    if name_type == "C":
        return Number(name_type, CprNumber.parse(text).value)
    if not _DIGITS[name_type].fullmatch(text):
        raise ValueError(
            "not a CVR number: eight digits" if name_type == "J" else "not a P-number: ten digits"
        )
    return Number(name_type, text)


def _to_the_letter(form: re.Pattern[str], what: str) -> BeforeValidator:
    """A number is no time, although it could be read as one."""

    def check(value: object) -> object:
        if (isinstance(value, str) and not form.fullmatch(value)) or isinstance(value, int | float):
            raise ValueError(f"must be {what}")
        return value

    return BeforeValidator(check)


def _in_range(moment: dt.datetime) -> dt.datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("must lie in the years 2000 to 2199")
    return moment


def _day_in_range(day: dt.date) -> dt.date:
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("must lie in the years 2000 to 2199")
    return day


def position(text: str) -> str:
    """Where a page begins, checked; ``ValueError``."""
    try:
        Position.parse(text)
    except (ValueError, OverflowError):
        raise ValueError("must be what the page before gave as next") from None
    return text


Moment: TypeAlias = Annotated[
    AwareDatetime,
    AfterValidator(_in_range),
    _to_the_letter(_MOMENT, "a date and time with a zone (RFC 3339)"),
]
Day: TypeAlias = Annotated[
    dt.date, AfterValidator(_day_in_range), _to_the_letter(_DAY, "a date of the form YYYY-MM-DD")
]
ContactId: TypeAlias = Annotated[
    int, Field(strict=True, ge=1, le=LAST_ID, description="the contact's id in the contact store"), Whole
]
Text: TypeAlias = Annotated[purposes.Text, Field(max_length=200)]
Note: TypeAlias = Annotated[purposes.Text, Field(max_length=1000, description="no personal data")]
AnyNumber: TypeAlias = Annotated[str, Field(pattern=r"^([0-9]{6}-?[0-9]{4}|[0-9]{8})$")]
After: TypeAlias = Annotated[
    str,
    Field(max_length=100, pattern=r"^[0-9A-Za-z:.+_-]+$", description="what the page before gave as next"),
    AfterValidator(position),
]
