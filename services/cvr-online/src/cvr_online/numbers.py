"""The numbers that callers write: a CVR number or a P-number, told apart by its length."""

import re

from registerbro.cvr.numbers import InvalidUnitNumber, UnitNumber, parse_unit_number

from cvr_online.errors import NumberRefused

# 010170-1234, 010170 1234, 01 01 70 1234
_WRITTEN_LIKE_CPR = re.compile(r"\s*[0-9]{2}(?:[\s.-]*[0-9]{2}){2}[\s.-]+[0-9]{4}\s*")
LONGEST = 20  # characters, blanks and hyphens included


def parsed(text: str, *, checks_digit: bool) -> UnitNumber:
    """The number in a text. Raises ``NumberRefused``, which never repeats it.

    A CPR number has ten digits, too. Written as one usually is, it is refused here, and no register ever sees it.
    """
    if _WRITTEN_LIKE_CPR.fullmatch(text):
        raise NumberRefused("this is written like a CPR number: write a P-number without separators")
    try:
        return parse_unit_number(text, checks_digit=checks_digit)
    except InvalidUnitNumber as error:
        raise NumberRefused(error.problem) from None
