"""Which company has which of the generated production units: a pattern that repeats, and one chain with hundreds."""

import dataclasses
import itertools

from registerbro_sandbox.companies.numbers import MAX_COMPANIES

_PATTERN = (1, 1, 0, 2, 1, 1, 3, 1, 0, 1, 2, 1, 1, 1, 4, 1)
_BEFORE = (0, *itertools.accumulate(_PATTERN))
_PER_BLOCK = _BEFORE[-1]
CHAIN = 4  # the company with hundreds of units, where there are enough companies
_CHAIN_UNITS = 300
_SMALLEST_WITH_CHAIN = 64


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """So many companies, and their production units."""

    companies: int

    def __post_init__(self) -> None:
        if not 0 <= self.companies <= MAX_COMPANIES:
            raise ValueError(f"0 to {MAX_COMPANIES} companies can be generated")

    @property
    def units(self) -> int:
        """How many production units there are."""
        blocks, rest = divmod(self.companies, len(_PATTERN))
        return self._chain + blocks * _PER_BLOCK + _BEFORE[rest]

    def units_of(self, company: int) -> list[int]:
        """The production units of a company."""
        block, place = divmod(company, len(_PATTERN))
        first = self._chain + block * _PER_BLOCK + _BEFORE[place]
        own = range(first, first + _PATTERN[place])
        return [*own, *range(self._chain)] if company == CHAIN else list(own)

    def company_of(self, unit: int) -> int:
        """The company that a production unit belongs to."""
        if unit < self._chain:
            return CHAIN
        block, place = divmod(unit - self._chain, _PER_BLOCK)
        within = next(n for n in range(len(_PATTERN)) if place < _BEFORE[n + 1])
        return block * len(_PATTERN) + within

    @property
    def _chain(self) -> int:
        return _CHAIN_UNITS if self.companies >= _SMALLEST_WITH_CHAIN else 0
