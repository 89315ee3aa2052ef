"""Key constants: 15 letters that come back with CPR's answer. They tell which order of which installation, and nothing else.

``RB``, five letters of the installation's mark, eight letters of the order's number. Letters only, so that none is ever
taken for a personal number, and no vowels, so that none says anything.
"""

from registerbro.cpr.orders import KEY_CONSTANT_LENGTH

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
PRODUCT = "RB"
_PLACES = 8


def key_constant(mark: str, order_id: int) -> str:
    """The constant of an order; ``mark`` is the installation's."""
    letters = ""
    for _ in range(_PLACES):
        order_id, place = divmod(order_id, len(LETTERS))
        letters = LETTERS[place] + letters
    if order_id:
        raise OverflowError("more orders than key constants have room for")
    return f"{PRODUCT}{mark}{letters}"


def is_ours(constant: str, mark: str) -> bool:
    """Whether an order of this installation can have it; others of the customer's have constants of their own."""
    return (
        len(constant) == KEY_CONSTANT_LENGTH
        and constant.startswith(PRODUCT + mark)
        and set(constant[len(PRODUCT + mark) :]) <= set(LETTERS)
    )
