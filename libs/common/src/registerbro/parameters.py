"""The vendor's parameter strings, for those who migrate: read as they are, written back as they were.

``IP=10.1.2.3;DefFiles=.\\CPRkilde\\P12170.*;ForceUpdate=J`` and ``Level:1, UserID:abc; Jtype=J``: pairs of key and value, with ``=``
or ``:`` between them, divided by ``;``, or by ``,`` where another pair follows. Keys are known in any case of letters.
"""

import dataclasses
import re

_SUBJECT = (
    r"(?:CN|OU|O|C|L|ST|DC|SERIALNUMBER|serialNumber)="  # parts of a certificate's subject are no pairs
)
_DIVIDER = re.compile(rf"\s*;\s*|\s*,\s*(?!{_SUBJECT})(?=[A-Za-z]\w*\s*[:=])")
_PAIR = re.compile(r"(?P<lead>\s*)(?P<key>[A-Za-z]\w*)(?P<sign>\s*[:=]\s*)(?P<value>.*)", re.DOTALL)


class ParametersMalformed(ValueError):
    """The text is not a list of keys and values."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """One key with its value, and the text between them and after them."""

    key: str
    sign: str
    value: str
    divider: str = ""
    lead: str = ""

    def __str__(self) -> str:
        return f"{self.lead}{self.key}{self.sign}{self.value}{self.divider}"


@dataclasses.dataclass(frozen=True, slots=True)
class ParameterString:
    """A parsed parameter string; ``str()`` is the text it was read from."""

    pairs: tuple[Pair, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "ParameterString":
        """Reads the text; ``ParametersMalformed`` says at which pair it fails, without its value."""
        pairs: list[Pair] = []
        position = 0
        while text[position:].strip():
            divider = _DIVIDER.search(text, position)
            end = divider.start() if divider else len(text)
            pairs.append(_pair(text[position:end], divider[0] if divider else "", len(pairs) + 1))
            position = divider.end() if divider else len(text)
        _refuse_twice([pair.key for pair in pairs])
        return cls(tuple(pairs))

    def get(self, key: str) -> str | None:
        """The value, without the blanks around it."""
        return next((pair.value.strip() for pair in self.pairs if pair.key.lower() == key.lower()), None)

    def names(self) -> tuple[str, ...]:
        """The keys as they are written, in order."""
        return tuple(pair.key for pair in self.pairs)

    def without(self, key: str) -> "ParameterString":
        """The string without a pair."""
        return ParameterString(tuple(pair for pair in self.pairs if pair.key.lower() != key.lower()))

    def replace(self, key: str, value: str) -> "ParameterString":
        """The string with another value for the key, in its old place or at the end."""
        if self.get(key) is not None:
            return ParameterString(
                tuple(
                    dataclasses.replace(pair, value=value) if pair.key.lower() == key.lower() else pair
                    for pair in self.pairs
                )
            )
        *before, last = self.pairs or (None,)
        ended = [last if last.divider else dataclasses.replace(last, divider=";")] if last else []
        return ParameterString((*(pair for pair in before if pair), *ended, Pair(key, "=", value)))

    def __str__(self) -> str:
        return "".join(map(str, self.pairs))


def _pair(text: str, divider: str, ordinal: int) -> Pair:
    found = _PAIR.fullmatch(text)
    if found is None:
        raise ParametersMalformed(f"parameter {ordinal}: not of the form key=value")
    return Pair(found["key"], found["sign"], found["value"], divider, found["lead"])


def _refuse_twice(keys: list[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key.lower() in seen:
            raise ParametersMalformed(f"{key}: given twice")
        seen.add(key.lower())
