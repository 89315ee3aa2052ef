"""Names of fictional companies: put together from sorted lists, so that those with a beginning are found without reading all.

Company ``index`` has root, trade and, beyond the first 6,000 companies, a number: *Abildhøj Bageri 17 ApS*.
"""

from collections.abc import Iterator

from registerbro_sandbox.companies.words import FORMS, ROOTS, SOLE_TRADER, TRADES, Form
from registerbro_sandbox.persons.homes import generator, pick
from registerbro_sandbox.persons.words import FEMALE, MALE, SURNAMES

_PAIRS = len(ROOTS) * len(TRADES)
_STRIDE = 1_009  # a prime that divides neither list's length
_SEED_STEP = 17
_INVERSE = pow(_STRIDE, -1, _PAIRS)


def form_of(seed: int, index: int) -> Form:
    """The form of a company."""
    return FORMS[(index * 7 + index // _PAIRS + seed) % len(FORMS)]


def company_name(seed: int, index: int) -> str:
    """The name that a company was made with."""
    number, place = divmod(index, _PAIRS)
    root, trade = divmod((place * _STRIDE + seed * _SEED_STEP) % _PAIRS, len(TRADES))
    words = [ROOTS[root], TRADES[trade], *([str(number + 1)] if number else []), _ending(seed, index)]
    return " ".join(filter(None, words))


def _ending(seed: int, index: int) -> str:
    form = form_of(seed, index)
    if form is not SOLE_TRADER:
        return form.ending
    draw = generator(seed, "owner", index)
    return f"v/{pick(draw, FEMALE + MALE)} {pick(draw, SURNAMES)}"


def companies_named(seed: int, companies: int, beginning: str) -> Iterator[int]:
    """Companies whose name, without regard to case, begins with ``beginning``, or is itself the beginning of it; by name.

    The latter are given because production units are called after their company, with more behind.
    """
    wanted = beginning.casefold()
    for root, word in enumerate(ROOTS):
        if _may_begin(word.casefold() + " ", wanted):
            yield from _with_root(seed, companies, wanted, root)


def _with_root(seed: int, companies: int, wanted: str, root: int) -> Iterator[int]:
    for trade, word in enumerate(TRADES):
        if not _may_begin(f"{ROOTS[root]} {word}".casefold(), wanted):
            continue
        pair = root * len(TRADES) + trade
        place = (pair - seed * _SEED_STEP) * _INVERSE % _PAIRS
        for index in range(place, companies, _PAIRS):
            if _may_begin(company_name(seed, index).casefold(), wanted):
                yield index


def _may_begin(text: str, wanted: str) -> bool:
    return text.startswith(wanted) or wanted.startswith(text)
