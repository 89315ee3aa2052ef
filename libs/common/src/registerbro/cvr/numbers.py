"""CVR numbers and P-numbers: made once at the edge. ``InvalidUnitNumber`` is the one error.

A CVR number has eight digits and a check digit (modulus 11, as python-stdnum has it). A P-number has ten digits and none that
can be relied on: a series of older numbers was made with other weights (Erhvervsstyrelsen).
"""

import dataclasses
import re
from typing import Self, TypeAlias

from stdnum.dk import cvr

_EIGHT_DIGITS = re.compile(r"[1-9][0-9]{7}")
_TEN_DIGITS = re.compile(r"[1-9][0-9]{9}")
_SEPARATORS = str.maketrans("", "", " .-\u00a0")


class InvalidUnitNumber(ValueError):
    """A text is neither a CVR number nor a P-number; tells what is wrong, never the text."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class CvrNumber:
    """A company's number: eight digits."""

    value: str

    @classmethod
    def parse(cls, text: str, *, checks_digit: bool = True) -> Self:
        """The number in ``text``; blanks, hyphens and a leading ``DK`` are allowed.

        ``checks_digit``: whether a wrong check digit is refused; test data of some providers have none that is right.
        """
        digits = text.strip().translate(_SEPARATORS)
        digits = digits[2:] if digits[:2].upper() == "DK" else digits
        if not _EIGHT_DIGITS.fullmatch(digits):
            raise InvalidUnitNumber("a CVR number has eight digits, and the first is not 0")
        if checks_digit and not cvr.is_valid(digits):
            raise InvalidUnitNumber("the CVR number's check digit is wrong")
        return cls(digits)

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class PNumber:
    """A production unit's number: ten digits."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The number in ``text``; blanks and hyphens are allowed."""
        digits = text.strip().translate(_SEPARATORS)
        if not _TEN_DIGITS.fullmatch(digits):
            raise InvalidUnitNumber("a P-number has ten digits, and the first is not 0")
        return cls(digits)

    def __str__(self) -> str:
        return self.value


UnitNumber: TypeAlias = CvrNumber | PNumber


def parse_unit_number(text: str, *, checks_digit: bool = True) -> UnitNumber:
    """The CVR number or P-number in ``text``, told apart by their lengths. Raises ``InvalidUnitNumber``."""
    digits = text.strip().translate(_SEPARATORS)
    if _TEN_DIGITS.fullmatch(digits):
        return PNumber(digits)
    if len(digits) == 10 and digits.isdigit():
        return PNumber.parse(text)
    if not re.fullmatch(r"(?:DK)?[0-9]{8}", digits, re.IGNORECASE):
        raise InvalidUnitNumber("a CVR number has eight digits, a P-number ten")
    return CvrNumber.parse(text, checks_digit=checks_digit)
