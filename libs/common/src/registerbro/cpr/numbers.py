"""Personal numbers: ten digits, made once at the edge and masked wherever they are shown.

``InvalidCprNumber`` is the one error; it names what is wrong, never the digits. Modulus 11 is not checked: numbers
without it have been issued since 2007, and national test numbers ignore it.
"""

import dataclasses
import datetime as dt
import functools
import re
from typing import Self

_TEN_DIGITS = re.compile(r"[0-9]{6}-?[0-9]{4}")
NOBODY = "0000000000"
ADMINISTRATIVE_DAY_OFFSET = 60


class InvalidCprNumber(ValueError):
    """A text is not a CPR number."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"not a CPR number: {problem}")
        self.problem = problem


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class CprNumber:
    """A CPR number. ``value`` has the ten digits; ``str`` and ``repr`` hide the last four."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The number in ``text``: ten digits, with or without the hyphen, blanks around them ignored."""
        text = text.strip()
        if not _TEN_DIGITS.fullmatch(text):
            raise InvalidCprNumber("ten digits expected")
        digits = text.replace("-", "")
        if digits == NOBODY:
            raise InvalidCprNumber("ten zeros stand for nobody")
        return cls(digits)

    @property
    def is_administrative(self) -> bool:
        """Whether 60 is added to the day: a number assigned without entry in the register, for tax for instance."""
        return int(self.value[:2]) > ADMINISTRATIVE_DAY_OFFSET

    @property
    def birth_date(self) -> dt.date | None:
        """The birth date that the number was made from, None if it holds no possible date.

        The register's own birth date (record 001) takes precedence: it may have been corrected.
        """
        return _birth_date(self.value)

    def __str__(self) -> str:
        return f"{self.value[:6]}-xxxx"

    def __repr__(self) -> str:
        return f"CprNumber({self})"


def number_or_none(text: str) -> str | None:
    """The ten digits, or None where a record says nobody: blanks or ten zeros."""
    return text if text and text != NOBODY and not text.isspace() else None


def century(year: int, seventh: int) -> int:
    """The century of a two-digit birth year, by the number's seventh digit (the CPR office's rule since 1968)."""
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800


@functools.lru_cache(maxsize=4096)
def _birth_date(digits: str) -> dt.date | None:
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    if day > ADMINISTRATIVE_DAY_OFFSET:
        day -= ADMINISTRATIVE_DAY_OFFSET
    try:
        return dt.date(century(year, int(digits[6])) + year, month, day)
    except ValueError:
        return None
