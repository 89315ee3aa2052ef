"""What the one field of the import takes a text for: a CPR number, a CVR number, a P-number or a company's name."""

import enum
import re

from registerbro.cpr.numbers import CprNumber

_BETWEEN = re.compile(r"[\s.-]")
_COUNTRY = re.compile(r"^DK(?=\d)", re.IGNORECASE)
_HYPHENED = re.compile(r"\d{6}\s?-\s?\d{4}")
CVR, TEN = 8, 10


class Kind(enum.StrEnum):
    """What a text is."""

    CPR = "cpr"
    CVR = "cvr"
    P_NUMBER = "p-number"
    NAME = "name"


def digits(text: str) -> str:
    """The number that it is written as; the text itself where it is none."""
    found = _COUNTRY.sub("", _BETWEEN.sub("", text))
    return found if found.isascii() and found.isdigit() else text


def kinds(text: str) -> list[Kind]:
    """What it may be. Ten digits may be two things: only the person knows, and a CPR number is not tried out on CVR."""
    number = digits(text)
    if not (number.isascii() and number.isdigit()) or len(number) not in (CVR, TEN):
        return [Kind.NAME]
    if len(number) == CVR:
        return [Kind.CVR]
    is_day = CprNumber(number).birth_date is not None
    if _HYPHENED.fullmatch(text.strip()):
        return [Kind.CPR]
    may_be_unit = number[0] == "1"  # as all P-numbers do
    return [kind for kind, fits in ((Kind.CPR, is_day), (Kind.P_NUMBER, may_be_unit)) if fits] or [Kind.CPR]
