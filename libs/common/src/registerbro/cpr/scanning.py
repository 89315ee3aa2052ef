"""The first pass over a file: what it is, and whether it is whole. Nothing is used of a file that does not pass."""

import collections
import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from registerbro.cpr.authority import is_register
from registerbro.cpr.dates import compact_date
from registerbro.cpr.endings import TELLING, EndingBound
from registerbro.cpr.framing import FORM_WINDOW, RawRecord, form_of, raw_records
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.numbers import NOBODY
from registerbro.cpr.refusals import (
    AuthorityRegister,
    BadStartRecord,
    GreenlandLayout,
    NotACprFile,
    SeveralFiles,
    TruncatedFile,
    UnknownRecord,
    WrongEncoding,
)
from registerbro.cpr.writer import ENCODING, Form

START, PERSON, ERROR, RECEIPT, END = b"000", b"001", b"910", b"997", b"999"
UNKNOWN = b"???"
OF_NO_PERSON = frozenset({START, ERROR, RECEIPT, END})
UTF8_RECORDS_THAT_REFUSE = (
    5  # fewer, or any letter in ISO-8859-1 beside them: single records are bad, not the file
)

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_KNOWN = frozenset(record_type.encode() for record_type in LAYOUTS)
_NOBODY = NOBODY.encode()
_START_FIELDS = {name: LAYOUTS["000"].field(name).slice for name in ("task_number", "production_date")}
_PREVIOUS = LAYOUTS["000"].field("previous_production_date").slice
_COUNT = LAYOUTS["999"].field("record_count").slice


@dataclasses.dataclass(frozen=True, slots=True)
class FileSummary:
    """What the first pass found.

    ``records`` are those between start and end record, ``declared`` what the end record says of them. ``contiguous``:
    each person's records stand together and begin with their 001. ``unreadable_owner`` are the types of records whose
    number cannot be read. ``counts`` are by type, unknown ones under ``???``. ``could_end`` is the most persons that an
    import of the file can give an end date, or take name or main address from, whatever is stored of them.
    """

    form: Form
    sha256: bytes
    size: int
    task_number: str
    production_date: dt.date
    previous_production_date: dt.date | None
    records: int
    declared: int | None
    contiguous: bool
    counts: Mapping[str, int]
    could_end: int
    unreadable_owner: frozenset[str] = frozenset()

    @property
    def persons(self) -> int:
        """How many persons the file is about: its records 001."""
        return self.counts.get("001", 0)


def scan(path: Path) -> FileSummary:
    """Reads the whole file once, at flat memory. Raises ``FileRefused`` if it is not a whole extract."""
    with path.open("rb") as file:
        head = file.read(FORM_WINDOW)
        form = _preflight(head)
        file.seek(0)
        return _scan(file, form)


def _preflight(head: bytes) -> Form:
    if not head.strip():
        raise NotACprFile("the file is empty")
    if head.startswith(_BYTE_ORDER_MARKS):
        raise WrongEncoding("a byte order mark: the file is in Unicode, not in ISO-8859-1", line=1, offset=0)
    form = form_of(head)
    lines = head.split(b"\n", 2) if form is Form.LINES else [head, head[LAYOUTS["000"].length :]]
    if is_register(head):
        raise AuthorityRegister(
            "this is CPR's register of authorities (P02680), not an extract: load it with `registerbro authorities load FILE`"
        )
    if any(map(_is_greenlandic, lines[:2])):
        raise GreenlandLayout("the Greenland product (record 001 has its layout), not the 12170 product")
    if not head.startswith(START):
        raise NotACprFile("the start record 000 is missing", line=1, offset=0)
    return form


def _is_greenlandic(record: bytes) -> bool:
    """Whether this is a 001 with a time at 24-35 and the sex at 67, where 12170 has status at 24-25 and sex at 39."""
    return (
        record.startswith(PERSON)
        and record[66:67] in (b"M", b"K")
        and record[38:39] not in (b"M", b"K")
        and record[23:35].isdigit()
    )


def _scan(file: BinaryIO, form: Form) -> FileSummary:
    digest = hashlib.sha256()
    walk = _Walk()
    try:
        walk.take(raw_records(file, form, on_block=digest.update))
    except UnknownRecord as error:
        if walk.utf8 and not walk.latin1:
            raise WrongEncoding("UTF-8, not ISO-8859-1", line=error.line, offset=error.offset) from None
        raise
    walk.check_end()
    task_number, production_date, previous = _start_record(walk.start)
    return FileSummary(
        form=form,
        sha256=digest.digest(),
        size=file.tell(),
        task_number=task_number,
        production_date=production_date,
        previous_production_date=previous,
        records=sum(walk.counts.values()) - 2,
        declared=_declared(walk.end),
        contiguous=walk.contiguous,
        counts={record_type.decode(ENCODING): count for record_type, count in walk.counts.items()},
        could_end=walk.endings.total() if walk.contiguous else walk.counts[PERSON],
        unreadable_owner=frozenset(record_type.decode(ENCODING) for record_type in walk.unreadable),
    )


class _Walk:
    """What is remembered from record to record."""

    def __init__(self) -> None:
        self.counts: collections.Counter[bytes] = collections.Counter()
        self.contiguous = True
        self.unreadable: set[bytes] = set()
        self.utf8 = 0
        self.latin1 = 0
        self.first_utf8: RawRecord | None = None
        self.endings = EndingBound()
        self.start = b""
        self.end = b""
        self.last = RawRecord(1, 0, b"")

    def take(self, records: Iterable[RawRecord]) -> None:
        """Looks at every record once."""
        counts, number, endings = self.counts, b"", self.endings
        for record in records:
            if self.end:
                raise SeveralFiles("records after the end record 999", **_place(record))
            data = record.data
            record_type = data[:3] if data[:3] in _KNOWN else UNKNOWN
            if record_type == PERSON:
                number = data[3:13]
                if not counts[PERSON] and _is_greenlandic(data):
                    raise GreenlandLayout("record 001 has the Greenland product's layout", **_place(record))
            elif record_type in OF_NO_PERSON:
                self._take_edge(record, record_type)
            elif data[3:13] != number:
                number = self._straggler(data[3:13], record_type, number)
            counts[record_type] += 1
            if record_type in TELLING:
                endings.take(record_type, data)
            if not self.latin1 and not data.isascii():
                self._take_letters(record)
            self.last = record
        if self.is_utf8:
            raise WrongEncoding("UTF-8, not ISO-8859-1", **_place(self.first_utf8 or self.last))

    @property
    def is_utf8(self) -> bool:
        """Whether all letters beyond ASCII are in UTF-8, and there are enough of them to tell."""
        return self.utf8 >= UTF8_RECORDS_THAT_REFUSE and not self.latin1

    def check_end(self) -> None:
        """Raises ``TruncatedFile`` if the last record is not an end record."""
        if not self.end:
            raise TruncatedFile("the end record 999 is missing: the file is not whole", **_place(self.last))

    def _straggler(self, owner: bytes, record_type: bytes, number: bytes) -> bytes:
        if owner.isdigit() and len(owner) == 10 and owner != _NOBODY:
            self.contiguous = False
            return owner
        self.unreadable.add(record_type)
        return number

    def _take_edge(self, record: RawRecord, record_type: bytes) -> None:
        if record_type == END:
            self.end = record.data
        elif record_type == START and self.start:
            raise SeveralFiles("a second start record 000", **_place(record))
        elif record_type == START:
            self.start = record.data

    def _take_letters(self, record: RawRecord) -> None:
        try:
            record.data.decode()
        except UnicodeDecodeError:
            self.latin1 += 1
        else:
            self.utf8 += 1
            self.first_utf8 = self.first_utf8 or record


def _place(record: RawRecord) -> dict[str, int]:
    return {"line": record.line, "offset": record.offset}


def _start_record(data: bytes) -> tuple[str, dt.date, dt.date | None]:
    text = data.decode(ENCODING)
    task_number = text[_START_FIELDS["task_number"]]
    production_date = compact_date(text[_START_FIELDS["production_date"]])
    if not (task_number.isascii() and task_number.isdigit() and len(task_number) == 6):
        raise BadStartRecord("the start record 000 has no task number", line=1, offset=0)
    if production_date is None:
        raise BadStartRecord("the start record 000 has no possible production date", line=1, offset=0)
    return task_number, production_date, compact_date(text[_PREVIOUS])


def _declared(data: bytes) -> int | None:
    text = data.decode(ENCODING)[_COUNT].strip()
    return int(text) if text.isascii() and text.isdigit() else None
