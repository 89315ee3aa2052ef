"""The authority register: what the four-digit codes of birth places, municipalities and countries are called.

Operators get it from CPR as file P02680 (420-character records) or keep it as CSV. Both give the same rows.

The positions of P02680 are not part of the project's format pages. They were read off a public copy of the file (task
370716 of 2012) and agree with the fields of an open reader of it; rows and lengths add up in all that was looked at. The Danish names are
ours. Only the line form is read.
"""

import csv
import dataclasses
import datetime as dt
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from registerbro.cpr.layouts.field import RECORD_TYPE, Codes, CodeText, RecordLayout, digits, text, timestamp

COLUMNS = ("authority_code", "authority_type", "valid_from", "valid_to", "name", "full_name")
REQUIRED_COLUMNS = frozenset({"authority_code", "name"})
NO_TIME = "0" * 12
START = "000"
MOST_LINES_NAMED = 10
AUTHORITY_TYPES: Codes = types.MappingProxyType(
    {
        "05": CodeText("kommune", "municipality"),
        "25": CodeText("sogn", "parish"),
        "30": CodeText("land", "country"),
    }
)  # the kinds whose meaning the names in the register leave no doubt about

# fmt: off
AUTHORITY = RecordLayout("001", "Myndighed", "authority", 420, occurs="1 per authority", fields=(
    RECORD_TYPE,
    digits("authority_code", "MYNKOD", 4, 4, "code of the authority"),
    digits("authority_type", "MYNTYP", 8, 2, "kind: 05 municipality, 25 parish, 30 country", codes=AUTHORITY_TYPES),
    digits("authority_group", "MYNGRP", 10, 1, "group"),
    timestamp("updated", "TIMESTAMP", 11, "when the row was updated"),
    text("phone", "TLF", 23, 8, "telephone"),
    timestamp("valid_from", "HAENSTART", 31, "in force from"),
    timestamp("valid_to", "HAENSLUT", 43, "in force to; zeros if still in force"),
    text("name", "MYNNVN", 55, 20, "name, cut to 20 characters"),
    text("addressee", "ADRESSAT", 75, 34, "addressee"),
    text("address_1", "ADR1", 109, 34, "address line 1"),
    text("address_2", "ADR2", 143, 34, "address line 2"),
    text("address_3", "ADR3", 177, 34, "address line 3"),
    text("address_4", "ADR4", 211, 34, "address line 4"),
    text("fax", "FAX", 245, 8, "fax"),
    text("full_name", "FULDTNVN", 253, 60, "name in full"),
    text("email", "EMAIL", 313, 100, "e-mail"),
    text("country_alpha_2", "LAND-A2", 413, 2, "ISO 3166 code of two letters"),
    text("country_alpha_3", "LAND-A3", 415, 3, "ISO 3166 code of three letters"),
    digits("country_numeric", "LAND-NUM", 418, 3, "ISO 3166 numeric code"),
))
# fmt: on


class AuthorityFileRefused(Exception):
    """The file is not the register: neither P02680 nor CSV with the needed columns, or some of its lines cannot be right.

    Carries the first such line, from 1; ``others`` are further ones. Nothing of a file with a bad line is used: the register
    replaces the one before, and a line left out would take a name away.
    """

    def __init__(self, reason: str, *, line: int, others: Sequence[int] = ()) -> None:
        shown = ", ".join(map(str, others[:MOST_LINES_NAMED]))
        left = "" if len(others) <= MOST_LINES_NAMED else f" and {len(others) - MOST_LINES_NAMED} more"
        super().__init__(f"{reason} (line {line})" + (f"; also wrong: lines {shown}{left}" if others else ""))
        self.reason = reason
        self.line = line
        self.others = tuple(others)


class _BadLine(Exception):
    """A line that cannot be right."""


@dataclasses.dataclass(frozen=True, slots=True)
class Authority:
    """A row of the register; times as the register writes them (YYYYMMDDHHMM), empty where it gives none."""

    code: str
    valid_from: str
    valid_to: str
    type: str
    name: str


def read_authorities(path: Path) -> list[Authority]:
    """The authorities of a file, P02680 or CSV; raises ``AuthorityFileRefused``."""
    data = path.read_bytes()
    lines = [line.rstrip("\r") for line in _text(data).split("\n")]
    if not any(lines):
        raise AuthorityFileRefused("the file is empty", line=1)
    read = _from_records if lines[0][:3] in {START, AUTHORITY.type} else _from_csv
    rows, wrong = _sorted(read(lines))
    if wrong:
        (line, reason), *others = wrong
        raise AuthorityFileRefused(reason, line=line, others=[each for each, _ in others])
    if not rows:
        raise AuthorityFileRefused("no authority in the file", line=1)
    return rows


def is_register(head: bytes) -> bool:
    """Whether a file that begins so is P02680: one of its first two lines is a record of an authority."""
    return any(
        line.startswith(AUTHORITY.type.encode())
        and len(line.rstrip(b"\r\n")) == AUTHORITY.length
        and line[3:9].isdigit()
        for line in head.split(b"\n", 2)[:2]
    )


def _sorted(found: Iterable[tuple[int, list[str]]]) -> tuple[list[Authority], list[tuple[int, str]]]:
    """The authorities, the last of those with the same code and beginning; and the lines that are wrong, each with why."""
    rows: dict[tuple[str, str], Authority] = {}
    wrong: list[tuple[int, str]] = []
    for line, values in found:
        try:
            row = _authority(values)
        except _BadLine as error:
            wrong.append((line, str(error)))
        else:
            rows[row.code, row.valid_from] = row
    return list(rows.values()), wrong


def names_on(authorities: Iterable[Authority], day: dt.date) -> Mapping[str, str]:
    """What each code is called on ``day``; of a code no longer in force the last name, for it may still be meant."""
    moment = f"{day:%Y%m%d}2359"
    known = [row for row in authorities if row.valid_from <= moment]
    return {row.code: row.name for row in sorted(known, key=lambda row: (row.valid_from, row.code))}


def _text(data: bytes) -> str:
    """Records come in ISO-8859-1; CSV may be either, with a byte order mark or without."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _from_records(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    fields = [AUTHORITY.field(name).slice for name in COLUMNS]
    for number, line in enumerate(lines, start=1):
        if line.startswith(AUTHORITY.type):
            if len(line) > AUTHORITY.length:
                raise AuthorityFileRefused(f"longer than {AUTHORITY.length} characters", line=number)
            yield number, [line[each] for each in fields]


def _from_csv(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    delimiter = ";" if lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(filter(None, lines), delimiter=delimiter)
    try:
        missing = REQUIRED_COLUMNS.difference(reader.fieldnames or ())
        if missing:
            raise AuthorityFileRefused(f"column missing: {', '.join(sorted(missing))}", line=1)
        for row in reader:
            yield reader.line_num, [row.get(column) or "" for column in COLUMNS]
    except csv.Error as error:
        raise AuthorityFileRefused("not CSV", line=max(1, reader.line_num)) from error


def _authority(values: list[str]) -> Authority:
    code, kind, valid_from, valid_to, name, full_name = (value.strip() for value in values)
    if not (len(code) == 4 and code.isascii() and code.isdigit()):
        raise _BadLine("authority_code is not four digits")
    if "\0" in kind + name + full_name:
        raise _BadLine("a character that is none")
    return Authority(code, _time(valid_from), _time(valid_to), kind, full_name or name)


def _time(text: str) -> str:
    if text and not (len(text) == len(NO_TIME) and text.isascii() and text.isdigit()):
        raise _BadLine("valid_from and valid_to are twelve digits or blank")
    return "" if text == NO_TIME else text
