"""What a record layout is made of: fields at the register's own 1-based positions."""

import dataclasses
import enum
import types
from collections.abc import Mapping
from typing import NamedTuple


class CodeText(NamedTuple):
    """What a code means, in both languages."""

    danish: str
    english: str


Codes = Mapping[str, CodeText]
NO_CODES: Codes = types.MappingProxyType({})


class Kind(enum.StrEnum):
    """What a field may hold; any field may also be blank."""

    TEXT = "text"
    DIGITS = "digits"  # zero padded; all zeros as a rule means not given
    NUMBER = "personal number"  # ten digits; ten zeros or blank: nobody
    DATE = "date"  # YYYY-MM-DD
    COMPACT_DATE = "compact date"  # YYYYMMDD
    TIMESTAMP = "timestamp"  # YYYYMMDDHHMM, Danish time; minute 99: time of day not known
    MARKER = "marker"  # one character


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: ``start`` is 1-based, ``length`` in characters (ISO-8859-1, so bytes as well)."""

    name: str
    danish: str
    start: int
    length: int
    kind: Kind
    meaning: str
    codes: Codes = dataclasses.field(default_factory=lambda: NO_CODES, hash=False)
    right: bool = False  # right aligned
    empty: str = " "  # what fills the field when it has no value

    @property
    def end(self) -> int:
        """The last position, inclusive."""
        return self.start + self.length - 1

    @property
    def slice(self) -> slice:
        """The field's characters in a record's text."""
        return slice(self.start - 1, self.end)


@dataclasses.dataclass(frozen=True, slots=True)
class RecordLayout:
    """A record type. ``extension`` are the fields of the longer variant that some agreements deliver."""

    type: str
    danish_name: str
    english_name: str
    length: int
    fields: tuple[Field, ...]
    occurs: str = ""
    extension: tuple[Field, ...] = ()

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The fields of the longest variant."""
        return self.fields + self.extension

    @property
    def longest(self) -> int:
        """The length of the longest variant, in characters."""
        return self.all_fields[-1].end

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths the record can have, the usual one first."""
        return (self.length, self.longest) if self.extension else (self.length,)

    def field(self, name: str) -> Field:
        """The field called ``name``; ``KeyError`` if there is none."""
        for field in self.all_fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.type}.{name}")


def text(
    name: str,
    danish: str,
    start: int,
    length: int,
    meaning: str,
    *,
    codes: Codes = NO_CODES,
    right: bool = False,
) -> Field:
    """A text field, left aligned unless ``right``."""
    return Field(name, danish, start, length, Kind.TEXT, meaning, codes, right=right)


def digits(
    name: str, danish: str, start: int, length: int, meaning: str, *, codes: Codes = NO_CODES
) -> Field:
    """A zero-padded code or count."""
    return Field(name, danish, start, length, Kind.DIGITS, meaning, codes, empty="0")


def number(name: str, danish: str, start: int, meaning: str, *, empty: str = " ") -> Field:
    """A personal number."""
    return Field(name, danish, start, 10, Kind.NUMBER, meaning, empty=empty)


def date(name: str, danish: str, start: int, meaning: str) -> Field:
    """A date with hyphens."""
    return Field(name, danish, start, 10, Kind.DATE, meaning)


def compact_date(name: str, danish: str, start: int, meaning: str) -> Field:
    """A date without hyphens."""
    return Field(name, danish, start, 8, Kind.COMPACT_DATE, meaning, empty="0")


def timestamp(name: str, danish: str, start: int, meaning: str, *, empty: str = "0") -> Field:
    """A date with the time of day."""
    return Field(name, danish, start, 12, Kind.TIMESTAMP, meaning, empty=empty)


def mark(name: str, danish: str, start: int, meaning: str, *, codes: Codes) -> Field:
    """A one-character remark on a field or row."""
    return Field(name, danish, start, 1, Kind.MARKER, meaning, codes)


UNCERTAINTY: Codes = types.MappingProxyType({"*": CodeText("usikker", "uncertain")})


def uncertain(name: str, danish: str, start: int) -> Field:
    """The marker after a date: blank or ``*``."""
    return mark(name, danish, start, "whether the date before it is uncertain", codes=UNCERTAINTY)


RECORD_TYPE = Field("record_type", "RECORDTYPE", 1, 3, Kind.DIGITS, "record type")
KEY = (RECORD_TYPE, number("pnr", "PNR", 4, "personal number the record is about"))
