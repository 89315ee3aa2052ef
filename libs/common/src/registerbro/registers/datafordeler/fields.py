"""Reading JSON that others wrote: each value with the path that names it, so that an error can say where. ``FieldUnusable`` is
the one error; it never repeats the value."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from registerbro.cvr import reading
from registerbro.registers.errors import FieldUnusable

T = TypeVar("T")
SEPARATOR = "_"  # CVRAdresse_vejnavn in the services, CVRAdresse.vejnavn in their schema files


@dataclasses.dataclass(frozen=True)
class Node:
    """A value of an answer, and where it stood."""

    value: Any
    path: str = ""

    def unusable(self, problem: str) -> FieldUnusable:
        """The error that this value is."""
        return FieldUnusable(self.path or "the answer", problem)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is there: null, or an empty text, list or object."""
        return self.value is None or self.value in ("", [], {})

    @functools.cached_property
    def keys(self) -> Mapping[str, Any]:
        """The keys of an object, one way of writing them; none where nothing is there."""
        if self.is_empty:
            return {}
        if not isinstance(self.value, dict):
            raise self.unusable("is no object")
        return {key.replace(".", SEPARATOR): value for key, value in self.value.items()}

    def __contains__(self, key: str) -> bool:
        return key in self.keys

    def get(self, *names: str) -> "Node":
        """What stands under the first of the names that is there; a node with null where none is."""
        name = next((each for each in names if each in self.keys), names[0])
        return Node(self.keys.get(name), f"{self.path}.{name}" if self.path else name)

    def items(self) -> Iterator["Node"]:
        """The members of a list; an object by itself is a list of one, null is an empty one."""
        if isinstance(self.value, dict):
            yield self
        elif isinstance(self.value, list):
            for index, each in enumerate(self.value):
                yield Node(each, f"{self.path}[{index}]")
        elif self.value is not None:
            raise self.unusable("is no list")

    def text(self) -> str:
        """A text without blanks around it, or the digits of a number; empty for null."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int):
            raise self.unusable("is no text")
        text = str(self.value).strip()
        if "\x00" in text:
            raise self.unusable("holds a NUL character")
        return text

    def required_text(self) -> str:
        """A text that must be there."""
        return self.text() or self._missing()

    def has_content(self) -> bool:
        """Whether anything stands in it: an object all of whose values are empty is one way to say nothing."""
        if isinstance(self.value, dict):
            return any(not Node(each).is_empty for each in self.value.values())
        return not self.is_empty

    def told(self, name: str) -> "Node":
        """What stands under a name that the register never leaves out; neither missing nor null."""
        node = self.get(name)
        if node.value is None:
            raise node.unusable("is missing")
        return node

    def boolean(self) -> bool | None:
        """A truth value, None for null."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        raise self.unusable("is neither true nor false")

    def number(self) -> int:
        """A whole number, as a number or as digits; it must be there."""
        text = self.required_text()
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise self.unusable("is no whole number")
        return int(text)

    def date(self) -> dt.date | None:
        """A Danish date, None for nothing."""
        return self.read(reading.date) if self.text() else None

    def moment(self) -> dt.datetime | None:
        """A moment in UTC, None for nothing."""
        return self.read(reading.moment) if self.text() else None

    def read(self, reader: Callable[[str], T]) -> T:
        """What a reader of texts makes of it; its ``ValueError`` says what is wrong."""
        try:
            return reader(self.text())
        except ValueError as problem:
            raise self.unusable(str(problem)) from None

    def required(self, reader: Callable[[str], T]) -> T:
        """The same of a text that must be there."""
        self.required_text()
        return self.read(reader)

    def _missing(self) -> str:
        raise self.unusable("is missing")
