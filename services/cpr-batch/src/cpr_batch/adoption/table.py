"""Reads a file to adopt: encoding, delimiter and header first, then row by row.

What is wrong with the file as a whole refuses it (``AdoptionRefused``) before anything is written; what is wrong with a row
is a ``Fault`` of that row.
"""

import contextlib
import csv
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cpr_batch.adoption.columns import COLUMNS, number, shape
from cpr_batch.errors import AdoptionRefused

PERSON = "C"
CPR = "CPR"
_BLOCK = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; ``value`` shows only the shape of what stands there."""

    line: int
    column: str
    value: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row of a person from CPR; ``values`` are those that are not empty, by column."""

    line: int
    values: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class LeftAside:
    """A row of a contact that CPR does not deliver."""

    line: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read. ``latest`` is the last day on which CPR delivered anything of it."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    rows: int
    latest: dt.date | None


def look(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Reads the whole file once; raises ``AdoptionRefused``."""
    with _refusals(path):
        encoding = encoding or _encoding(path)
        columns, delimiter = _header(path, encoding, delimiter)
        table = Table(path, encoding, delimiter, columns, 0, None)
        count, latest = 0, None
        for _, cells in _cells(table):
            count += 1
            day = _day(dict(zip(columns, cells, strict=False)).get("REGISTER_DATE", ""))
            latest = max(filter(None, (latest, day)), default=None)
    return dataclasses.replace(table, rows=count, latest=latest)


def rows(table: Table, today: dt.date) -> Iterator[Row | LeftAside | Fault]:
    """Each row in turn; one with something wrong is the first ``Fault`` of it."""
    seen: set[str] = set()
    with _refusals(table.path):
        for line, cells in _cells(table):
            row = _row(table, line, cells, today)
            if isinstance(row, Row):
                whom = row.values["NAME_CODE"].value
                if whom in seen:
                    row = Fault(line, "NAME_CODE", shape(whom), "the number stands in an earlier row")
                seen.add(whom)
            yield row


def _row(table: Table, line: int, cells: list[str], today: dt.date) -> Row | LeftAside | Fault:
    if len(cells) != len(table.columns):
        return Fault(line, "", "", f"{len(cells)} values, the header has {len(table.columns)} columns")
    texts = {name: cell.strip() for name, cell in zip(table.columns, cells, strict=True) if cell.strip()}
    if texts.get("NAME_TYPE", PERSON) != PERSON:
        return LeftAside(line, "other-type")
    if "SOURCE" in table.columns and texts.get("SOURCE") != CPR:
        return LeftAside(line, "other-source")
    return _parsed(line, texts, today)


def _parsed(line: int, texts: dict[str, str], today: dt.date) -> Row | Fault:
    values: dict[str, Any] = {}
    for name, text in texts.items():
        try:
            values[name] = number(text) if name == "NAME_CODE" else COLUMNS[name].parse(text)
        except ValueError as error:
            return Fault(line, name, shape(text), str(error))
    if values.get("REGISTER_DATE", today) > today:
        return Fault(line, "REGISTER_DATE", shape(texts["REGISTER_DATE"]), "lies in the future")
    missing = [name for name, each in COLUMNS.items() if each.is_required and name not in texts]
    return Fault(line, missing[0], "", "is empty") if missing else Row(line, values)


def _header(path: Path, encoding: str, delimiter: str | None) -> tuple[tuple[str, ...], str]:
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
    delimiter = delimiter or max(";,", key=first.count)
    columns = tuple(name.strip().upper() for name in next(csv.reader([first], delimiter=delimiter), []))
    unknown = [name for name in columns if name not in COLUMNS]
    missing = [name for name, column in COLUMNS.items() if column.is_required and name not in columns]
    if missing:
        raise AdoptionRefused(path.name, f"its first line has no column {', '.join(missing)}")
    if unknown:
        named = ", ".join(
            shape(name) if any(map(str.isdigit, name)) and len(name) > 8 else name for name in unknown
        )
        raise AdoptionRefused(path.name, f"column {named} is not known")
    if len(set(columns)) < len(columns):
        raise AdoptionRefused(path.name, "a column stands there twice")
    return columns, delimiter


def _cells(table: Table) -> Iterator[tuple[int, list[str]]]:
    """The rows after the header, each with the line it ends on; empty ones are passed over."""
    with table.path.open(encoding=table.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=table.delimiter, strict=True)
        try:
            next(reader)
            for cells in reader:
                if any(map(str.strip, cells)):
                    yield reader.line_num, cells
        except csv.Error as error:
            raise AdoptionRefused(table.path.name, f"line {reader.line_num}: {error}") from None


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is in it, with or without a byte order mark; otherwise ISO-8859-1."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            while file.read(_BLOCK):
                pass
    except UnicodeDecodeError:
        return "iso-8859-1"
    return "utf-8-sig"


def _day(text: str) -> dt.date | None:
    try:
        day: dt.date = COLUMNS["REGISTER_DATE"].parse(text.strip())
    except ValueError:
        return None
    return day


@contextlib.contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AdoptionRefused(path.name, error.strerror or "it cannot be read") from None
    except (UnicodeError, LookupError):
        raise AdoptionRefused(path.name, "it is not in the encoding that was given") from None
