"""How what CVR's providers deliver becomes one present state: which of several rows counts, and how its texts are written.

CVR keeps rows in time: each says from which day it applies (*virkning*) and to which. The functions here choose among rows and
write values in one manner, whoever delivered them; a text that cannot be read is a ``ValueError``.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from registerbro.cvr.units import Classification, Industry

DENMARK = ZoneInfo("Europe/Copenhagen")
DB25_SINCE = dt.date(2025, 1, 1)  # NACE rev. 2.1 came into force; every unit got new rows
CEASED = "inaktiv"
ADDRESS_USAGES = ("beliggenhedsadresse", "postadresse")  # the second only where there is none of the first
SECRET_MARKS = (
    "hemmelig",
    "protectionIndicator",
)  # on a telephone number or the like that is not to be stored

_DIGITS = re.compile(r"[0-9]+")
_LEADING_ZEROS = re.compile(r"^0+(?=[0-9])")


class Row(Protocol):
    """A row in time, as the choices below need it."""

    @property
    def since(self) -> dt.date | None:
        """The first day on which it applies; None: not told."""

    @property
    def until(self) -> dt.date | None:
        """The day on which it ends; None: it has no end yet."""

    @property
    def sequence(self) -> int:
        """0 for the main name or industry, 1 and more for secondary ones; 0 where there is no such order."""


RowT = TypeVar("RowT", bound=Row)


def standing(rows: Iterable[RowT], day: dt.date) -> list[RowT]:
    """The rows that apply on a day, in their order; within one sequence the latest first.

    A row that ends on the very day counts where nothing follows it: providers differ on whether the last day is included.
    """
    begun = [row for row in rows if row.since is None or row.since <= day]
    open_rows = [row for row in begun if row.until is None or row.until > day]
    followed = {row.sequence for row in open_rows}
    ending = [row for row in begun if row.until == day and row.sequence not in followed]
    return sorted(open_rows + ending, key=_order)


def last(rows: Iterable[RowT], day: dt.date) -> list[RowT]:
    """Of each sequence the row that began latest up to a day: for what a unit always has, as a name, when none applies any more."""
    begun = [row for row in rows if row.since is None or row.since <= day]
    newest = {row.sequence: row for row in sorted(begun, key=_order, reverse=True)}
    return sorted(newest.values(), key=_order)


def changes_after(rows: Iterable[Row], day: dt.date) -> dt.date | None:
    """The first day after a day on which a row begins or ends."""
    days = (each for row in rows for each in (row.since, row.until))
    return min((each for each in days if each is not None and each > day), default=None)


def _order(row: Row) -> tuple[int, int]:
    return row.sequence, -(row.since or dt.date.min).toordinal()


def danish_day(moment: dt.datetime) -> dt.date:
    """The date in Denmark at a moment; near midnight it is not UTC's."""
    return moment.astimezone(DENMARK).date()


def date(text: str) -> dt.date:
    """The Danish date in ``2019-06-01`` or ``2019-06-01T00:00:00.000000+02:00``; a time without zone is Danish."""
    try:
        moment = dt.datetime.fromisoformat(text)
        return moment.date() if moment.tzinfo is None else danish_day(moment)
    except (ValueError, OverflowError):
        raise ValueError("is no date") from None


def moment(text: str) -> dt.datetime:
    """The moment in a time stamp, as UTC; one without zone is Danish."""
    try:
        read = dt.datetime.fromisoformat(text)
        return (read.replace(tzinfo=DENMARK) if read.tzinfo is None else read).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no time") from None


def falsely_utc(text: str) -> dt.datetime:
    """The moment in a time stamp that ends in ``Z`` though it is Danish time; where that is ambiguous, the earlier."""
    return moment(text.removesuffix("Z"))


def padded(digits: str, length: int) -> str:
    """Digits with the leading zeros that numbers lose; empty for nothing, and for a zero that stands for nothing."""
    return digits.zfill(length) if digits.strip("0") else ""


def postcode(text: str, country_code: str) -> str:
    """Four digits in Denmark and where no country is told; as delivered elsewhere."""
    is_danish = country_code in {"", "DK"}
    return padded(text, 4) if is_danish and (not text or _DIGITS.fullmatch(text)) else text


def house_number(text: str) -> str:
    """``012b`` as ``12B``: without leading zeros, its letter in capitals."""
    return _LEADING_ZEROS.sub("", text.replace(" ", "")).upper()


def care_of(text: str, *, road: str, house: str) -> str:
    """The c/o name; empty where it only says the street again."""
    written = " ".join(text.split()).casefold()
    return "" if written in {road.casefold(), f"{road} {house}".casefold()} else text


def industry(code: str, text: str = "", *, since: dt.date | None = None) -> Industry:
    """An industry in six digits, however it was punctuated; ``since`` tells which classification its digits belong to."""
    digits = "".join(_DIGITS.findall(code))
    if len(digits) not in {5, 6}:  # five: a number that lost its leading zero
        raise ValueError("is no industry code")
    return Industry(digits.zfill(6), text, classification(since))


def classification(since: dt.date | None) -> Classification | None:
    """Rows from 2025-01-01 are in DB25, older ones in DB07; None: the source does not tell since when."""
    if since is None:
        return None
    return Classification.DB25 if since >= DB25_SINCE else Classification.DB07
