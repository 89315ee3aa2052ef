"""Days as the register writes them. A day is a proleptic Gregorian ordinal (``date.toordinal``): cheap to reckon with."""

import datetime as dt
import functools

YEAR = 365.25
CLOCK = tuple(f"{hour:02}{minute:02}" for hour in range(24) for minute in range(60))


def day(year: int, month: int = 1, day_of_month: int = 1) -> int:
    """The ordinal of a calendar day."""
    return dt.date(year, month, day_of_month).toordinal()


@functools.cache
def iso(ordinal: int) -> str:
    """YYYY-MM-DD, as most date fields are written."""
    return dt.date.fromordinal(ordinal).isoformat()


@functools.cache
def compact(ordinal: int) -> str:
    """YYYYMMDD."""
    return iso(ordinal).replace("-", "")


def stamp(ordinal: int, clock: str = "2000") -> str:
    """YYYYMMDDHHMM; 20:00 is the register's own conversion default, minute 99 means that the time is not known."""
    return compact(ordinal) + clock


def year_of(ordinal: int) -> int:
    """The calendar year of a day."""
    return int(iso(ordinal)[:4])


EPOCH = day(2025)  # nothing in the first extract has happened later
ADULT = EPOCH - int(18 * YEAR)  # who was born later is a child
UNCERTAIN_BEFORE = day(1968)  # when numbers were first given
REGISTERED_FROM = day(1978)  # since when parents are on record without doubt
REGISTER_CONVERTED = day(1991, 3, 20)
