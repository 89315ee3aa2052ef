"""Numbers of fictional companies and production units: computed from an index and back, never stored.

CVR numbers count down from 99xxxxxx, nine for each six digits, and pass modulus 11. P-numbers and object ids begin so that
none of them can be taken for a CPR number (no month 90, no day 49).
"""

from typing import Final

MAX_COMPANIES: Final = 2_000_000
MAX_UNITS: Final = 9_000_000

_PER_PREFIX = 9  # of ten seventh digits at least nine leave a check digit of one figure
_PREFIXES = 10_000  # six digits that begin with the same two
_BLOCK = _PER_PREFIX * _PREFIXES
_FIRST_BLOCK = 99
_LAST_BLOCK = 77
_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_FIRST_P_NUMBER = 1_990_000_000
_FIRST_COMPANY_ID = 4_910_000_000
_FIRST_UNIT_ID = 4_950_000_000


def cvr_number(index: int) -> str:
    """The CVR number of company ``index``."""
    block, place = divmod(index, _BLOCK)
    prefix, rank = divmod(place, _PER_PREFIX)
    return _numbers_of(f"{_FIRST_BLOCK - block}{prefix:04}")[rank]


def company_index(number: str) -> int | None:
    """The index of the company with this CVR number; None if no fictional company can have it."""
    if not (len(number) == 8 and number.isascii() and number.isdigit()):
        return None
    block = _FIRST_BLOCK - int(number[:2])
    numbers = _numbers_of(number[:6])
    if number not in numbers or not 0 <= block <= _FIRST_BLOCK - _LAST_BLOCK:
        return None
    return block * _BLOCK + int(number[2:6]) * _PER_PREFIX + numbers.index(number)


def p_number(index: int) -> str:
    """The P-number of production unit ``index``."""
    return str(_FIRST_P_NUMBER + index)


def unit_index(number: str) -> int | None:
    """The index of the production unit with this P-number; None if no fictional unit can have it."""
    return _offset(number, _FIRST_P_NUMBER, MAX_UNITS)


def company_id(index: int) -> str:
    """The object id of company ``index``."""
    return str(_FIRST_COMPANY_ID + index)


def unit_id(index: int) -> str:
    """The object id of production unit ``index``."""
    return str(_FIRST_UNIT_ID + index)


def company_of_id(object_id: str) -> int | None:
    """The index of the company with this object id."""
    return _offset(object_id, _FIRST_COMPANY_ID, MAX_COMPANIES)


def unit_of_id(object_id: str) -> int | None:
    """The index of the production unit with this object id."""
    return _offset(object_id, _FIRST_UNIT_ID, MAX_UNITS)


def _offset(number: str, first: int, most: int) -> int | None:
    if not (len(number) == 10 and number.isascii() and number.isdigit()):
        return None
    index = int(number) - first
    return index if 0 <= index < most else None


def _numbers_of(prefix: str) -> list[str]:
    """The nine CVR numbers that begin with these six digits."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, prefix, strict=False))
    numbers = []
    for seventh in range(10):
        check = -(rest + _WEIGHTS[6] * seventh) % 11
        if check < 10:
            numbers.append(f"{prefix}{seventh}{check}")
    return numbers[:_PER_PREFIX]
