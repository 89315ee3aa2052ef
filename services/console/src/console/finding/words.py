"""What was typed, taken apart: the numbers that it may be, the beginnings of sort names, where a name may end and an address begin."""

import dataclasses
import re
from collections.abc import Iterator

from registerbro.contacts.names import sort_key

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.-]+(?=\d)")
_COUNTRY = re.compile(r"DK[\s-]*(?=\d)", re.IGNORECASE)
_LENGTHS = (8, 10)  # CVR numbers; CPR and P-numbers


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """A text that contacts are looked for by; may hold a personal number."""

    text: str

    @property
    def words(self) -> list[str]:
        """Its words, without commas."""
        return self.text.replace(",", " ").split()

    @property
    def number(self) -> str | None:
        """The digits, where it is written like a CPR, CVR or P-number."""
        digits = _COUNTRY.sub("", _BETWEEN_DIGITS.sub("", self.text.strip()), count=1)
        return digits if digits.isascii() and digits.isdigit() and len(digits) in _LENGTHS else None

    @property
    def numbers(self) -> list[str]:
        """What may stand as a number in the store: also types of an organisation's own have some."""
        return sorted({self.text.strip(), *filter(None, (self.number,))})

    @property
    def beginnings(self) -> list[str]:
        """How the sort names begin of those whom it names: as typed, and with the last word as the surname."""
        *first, last = self.words
        return [*dict.fromkeys((sort_key(" ".join(self.words), ""), sort_key(" ".join(first), last).strip()))]

    def splits(self) -> Iterator[tuple[str, str]]:
        """The ways to read it as a name and an address behind it."""
        words = self.words
        for place in range(1, len(words)):
            yield " ".join(words[:place]), " ".join(words[place:])
