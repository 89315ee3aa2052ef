"""An answer as it comes in: its header at once, its records at the end.

parser = AnswerParser(withheld=(token,))
while data := await reader.read(...):
    parser.feed(data)     # raises as soon as it is clear that the answer is broken
answer = parser.finish()  # raises CPR's error, or what is missing
"""

import dataclasses
import io
import re
from collections.abc import Iterable

from pydantic import SecretStr
from registerbro.cpr.checks import Fault, find_fault
from registerbro.cpr.framing import RawRecord, raw_records
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.records import Record
from registerbro.cpr.refusals import FileRefused, UnknownRecord
from registerbro.cpr.writer import ENCODING, Form
from registerbro.privacy import scrub

from cpr_direct.errors import AnswerCut, AnswerTooLong, CprError, RecordBroken, cpr_error
from cpr_direct.wire.fields import HEADER_LENGTH
from cpr_direct.wire.header import LONGEST_ANSWER, Header

START, END = "000", "999"
_COUNT = LAYOUTS[END].field("record_count").slice
_LONGEST_WORDS = 200  # of CPR's own about an error; what is longer is data
_LONG_DIGITS = re.compile(r"[0-9]{4,}")


@dataclasses.dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is not as its layout says."""

    record: Record
    fault: Fault


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer without an error number: its records in their order, start and end record among them."""

    header: Header
    records: tuple[Record, ...] = ()
    rejected: tuple[Rejected, ...] = ()


class AnswerParser:
    """Takes an answer in any segmentation. ``withheld`` are secrets that must not stand in what CPR is cited with."""

    def __init__(self, *, withheld: Iterable[SecretStr] = ()) -> None:
        self._withheld = [secret.get_secret_value() for secret in withheld]
        self._data = bytearray()
        self._header: Header | None = None

    @property
    def received(self) -> int:
        """How many bytes came so far."""
        return len(self._data)

    @property
    def is_complete(self) -> bool:
        """Whether all that the header declares is there."""
        return self._header is not None and len(self._data) == self._header.length

    @property
    def is_decided(self) -> bool:
        """Whether what may still come changes nothing: all is there, or CPR refuses."""
        return self.is_complete or (self._header is not None and self._header.is_error)

    @property
    def error(self) -> CprError | None:
        """CPR's error, as soon as the header is there: whatever becomes of the rest, that is CPR's answer."""
        if self._header is None or not self._header.is_error:
            return None
        return cpr_error(self._header.error_number, self._words())

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; raises ``NotAHeader`` or ``AnswerTooLong`` at once, and CPR's error in place of the latter."""
        self._data += data
        if self._header is None and len(self._data) >= HEADER_LENGTH:
            self._header = Header.parse(bytes(self._data[:HEADER_LENGTH]))
        longest = (self._header and self._header.length) or LONGEST_ANSWER
        if len(self._data) > longest:
            raise self.error or AnswerTooLong(longest, f"more than the {longest} bytes that it may have")

    def finish(self) -> Answer:
        """The answer, when nothing more comes; raises CPR's error, or ``AnswerBroken``."""
        header = self._header
        if header is None:
            raise AnswerCut(len(self._data), "the connection ended before the header did")
        if error := self.error:
            raise error
        if not self.is_complete:
            reason = f"the connection ended before the {header.length} bytes that the header declares"
            raise AnswerCut(len(self._data), reason)
        return _answer(header, bytes(self._data[HEADER_LENGTH:]))

    def _words(self) -> str:
        """What CPR says beside the number: without secrets and long digits, and nothing where data follow."""
        text = self._data[HEADER_LENGTH:].decode(ENCODING)
        if len(text) > _LONGEST_WORDS or text.startswith(START):
            return ""
        for secret in self._withheld:
            text = text.replace(secret, "****")
        printable = "".join(sign if sign.isprintable() else " " for sign in text)
        return _LONG_DIGITS.sub("…", scrub(" ".join(printable.split())))


def _answer(header: Header, body: bytes) -> Answer:
    if not body:
        return Answer(header)
    records = list(_records(body))
    faults = [find_fault(each.type, each.text) for each in records]
    answer = Answer(
        header,
        tuple(each for each, fault in zip(records, faults, strict=True) if fault is None),
        tuple(Rejected(each, fault) for each, fault in zip(records, faults, strict=True) if fault),
    )
    _check_ends(records, answer)
    return answer


def _records(body: bytes) -> Iterable[Record]:
    """The records by the lengths of their types; one of unknown type ends it, since nobody can tell where the next begins."""
    end = 0
    try:
        for raw in raw_records(io.BytesIO(body), Form.STREAM):
            record = _record(raw)
            end = raw.offset + _length(record)
            yield record
    except UnknownRecord as error:
        raise _unknown(body, error.offset or 0) from None
    except FileRefused as error:
        raise RecordBroken(HEADER_LENGTH + (error.offset or 0), "the last record is cut off") from None
    if end != len(body):
        raise RecordBroken(HEADER_LENGTH + end, "something that is no record follows the last one")


def _record(raw: RawRecord) -> Record:
    text = raw.data.decode(ENCODING)
    return Record(text[:3], raw.line, HEADER_LENGTH + raw.offset, text)


def _length(record: Record) -> int:
    return len(record.padded)


def _unknown(body: bytes, offset: int) -> RecordBroken:
    shown = body[offset : offset + 3].decode(ENCODING)
    name = shown if shown.isascii() and shown.isdigit() else "that is no number"
    return RecordBroken(HEADER_LENGTH + offset, f"a record of unknown type {name}")


def _check_ends(records: list[Record], answer: Answer) -> None:
    """First the start record, last the end record with the right count, neither of them elsewhere, and both good."""
    for place, expected in ((0, START), (-1, END)):
        if records[place].type != expected:
            raise RecordBroken(records[place].offset, f"record {expected} is not where it must be")
    if stray := [each for each in records[1:-1] if each.type in (START, END)]:
        raise RecordBroken(stray[0].offset, f"a second record {stray[0].type}")
    for rejected in answer.rejected:
        if rejected.record.type in (START, END):
            raise broken(rejected)
    declared = records[-1].padded[_COUNT]
    if not declared.strip() or int(declared) != len(records) - 2:
        raise RecordBroken(records[-1].offset, "the end record counts another number of records")


def broken(rejected: Rejected) -> RecordBroken:
    """The error that names a record's fault."""
    record, fault = rejected.record, rejected.fault
    where = f"record {record.type}" + (f", field {fault.field}" if fault.field else "")
    return RecordBroken(record.offset, f"{where}: {fault.reason}")
