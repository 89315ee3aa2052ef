"""The register's dates: what is known of them, and how sure it is.

Dates and times are Danish local time as delivered. Zeros or blanks say that nothing is given; a zero month or day says
that only the year or the month is known; minute 99, or no time of day at all (0000), that the day is known. Hour 24 is
the midnight that ends the day. Whether a date is uncertain (``*``) is a fact of its own: complete dates carry it too.
"""

import datetime as dt
import functools

from registerbro.contacts.model import PartialDate, Precision

UNCERTAIN = "*"
UNKNOWN_MINUTE = "99"
_CACHE = 65536


@functools.lru_cache(_CACHE)
def parse_date(text: str, marker: str = "") -> PartialDate | None:
    """A field ``YYYY-MM-DD`` with its uncertainty marker; None where nothing, or no possible date, is given."""
    return _partial(text[:4], text[5:7], text[8:10], marker == UNCERTAIN)


@functools.lru_cache(_CACHE)
def parse_timestamp(text: str, marker: str = "") -> PartialDate | None:
    """A field ``YYYYMMDDHHMM`` with its uncertainty marker; None where nothing, or no possible time, is given."""
    day = _partial(text[:4], text[4:6], text[6:8], marker == UNCERTAIN)
    hour, minute = text[8:10], text[10:12]
    if (
        day is None
        or day.precision is not Precision.DAY
        or minute == UNKNOWN_MINUTE
        or not text[8:].strip("0 ")
    ):
        return day
    if hour == "24":
        return _midnight_after(day)
    return PartialDate(f"{day.value}T{hour}:{minute}", Precision.MINUTE, day.uncertain)


def plain_date(text: str) -> dt.date | None:
    """The day of a ``YYYY-MM-DD`` field, None where the day is not known."""
    date = parse_date(text)
    return date.as_date() if date else None


def earliest_day(date: PartialDate | None) -> dt.date | None:
    """The first day that ``date`` can mean: of a year 1 January, of a month its first."""
    if date is None:
        return None
    match date.precision:
        case Precision.YEAR:
            return dt.date(int(date.value), 1, 1)
        case Precision.MONTH:
            return dt.date.fromisoformat(f"{date.value}-01")
        case _:
            return date.as_date()


def compact_date(text: str) -> dt.date | None:
    """A field ``YYYYMMDD``; None where nothing, or no possible date, is given."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _partial(year: str, month: str, day: str, uncertain: bool) -> PartialDate | None:
    if not year.strip("0 "):
        return None
    if month == "00":
        return PartialDate(year, Precision.YEAR, uncertain)
    if day == "00":
        return PartialDate(f"{year}-{month}", Precision.MONTH, uncertain)
    value = f"{year}-{month}-{day}"
    return PartialDate(value, Precision.DAY, uncertain) if _is_possible(value) else None


def _midnight_after(day: PartialDate) -> PartialDate:
    try:
        following = dt.date.fromisoformat(day.value) + dt.timedelta(days=1)
    except OverflowError:  # 9999-12-31 stands for "no end"
        return day
    return PartialDate(f"{following}T00:00", Precision.MINUTE, day.uncertain)


def _is_possible(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True
