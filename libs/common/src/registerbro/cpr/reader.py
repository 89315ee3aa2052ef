"""Reads the files that CPR delivers: a first pass that only looks, a second that hands out persons.

summary = scan(path)                                  # raises FileRefused
for item in persons(path, summary, problems, spool):  # never raises for what a file holds
    match item:
        case PersonRecords(): ...
        case SubscriptionEnded(): ...
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from registerbro.cpr.checks import Fault, find_fault
from registerbro.cpr.framing import RawRecord, raw_records
from registerbro.cpr.grouping import Checked, group_by_buckets, group_contiguous
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.numbers import NOBODY, CprNumber
from registerbro.cpr.records import PersonRecords, Record, SubscriptionEnded
from registerbro.cpr.refusals import FileRefused, InputRejected, Problem, Severity
from registerbro.cpr.scanning import ERROR, OF_NO_PERSON, RECEIPT, FileSummary, scan
from registerbro.cpr.writer import ENCODING

__all__ = [
    "FileRefused",
    "FileSummary",
    "PersonRecords",
    "Problem",
    "Record",
    "Severity",
    "SubscriptionEnded",
    "persons",
    "scan",
]

Report = Callable[[Problem], object]

_ERROR_INPUT = LAYOUTS["910"].field("input").slice
_ERROR_NUMBER = LAYOUTS["910"].field("error_number").slice
_ERROR_TEXT = LAYOUTS["910"].field("error_text").slice
_LONG_DIGITS = re.compile(r"[0-9]{4,}")


def persons(
    path: Path, summary: FileSummary, problems: Report, bucket_directory: Path
) -> Iterator[PersonRecords | SubscriptionEnded]:
    """The persons of a file that ``scan`` has passed, then its receipts; in an order that only the file decides.

    ``problems`` is told of every rejected record and of everything else worth a remark. A rejected record is left out,
    and its type is among the person's ``rejected_types``; without a usable 001 the whole person is left out.
    """
    if summary.declared != summary.records:
        problems(_count_remark(summary))
    if summary.previous_production_date and summary.production_date <= summary.previous_production_date:
        problems(_date_remark(summary))
    records = _checked(path, summary, problems)
    if summary.contiguous:
        yield from group_contiguous(records, problems)
    else:
        yield from group_by_buckets(
            records,
            problems,
            directory=bucket_directory,
            file_size=summary.size,
            unreadable_owner=summary.unreadable_owner,
        )
    if summary.counts.get("997"):
        yield from _receipts(path, summary, problems)


def _checked(path: Path, summary: FileSummary, problems: Report) -> Iterator[Checked]:
    """Every record of a person; faults and records 910 go to ``problems`` on the way."""
    ordinal = 0
    with path.open("rb") as file:
        for raw in raw_records(file, summary.form):
            line, offset, data = raw
            kind = data[:3]
            if kind in OF_NO_PERSON:
                if kind == ERROR:
                    problems(_error_remark(raw))
                continue
            text = data.decode(ENCODING)
            record_type = text[:3]
            number = text[3:13]
            fault = find_fault(record_type, text)
            if fault:
                problems(_rejection(raw, fault))
                number = number if _is_number(number) else ""
            is_person = record_type == "001" and number
            ordinal += bool(is_person)
            yield Checked(
                number, ordinal if is_person else 0, fault is None, Record(record_type, line, offset, text)
            )


def _receipts(path: Path, summary: FileSummary, problems: Report) -> Iterator[SubscriptionEnded]:
    ordinal = summary.persons
    with path.open("rb") as file:
        for raw in raw_records(file, summary.form):
            if raw.data[:3] != RECEIPT:
                continue
            ordinal += 1
            text = raw.data.decode(ENCODING)
            if fault := find_fault("997", text):
                problems(_rejection(raw, fault))
            else:
                record = Record("997", raw.line, raw.offset, text)
                yield SubscriptionEnded(ordinal, CprNumber.parse(text[3:13]), record)


def _is_number(text: str) -> bool:
    return len(text) == 10 and text.isascii() and text.isdigit() and text != NOBODY


def _rejection(raw: RawRecord, fault: Fault) -> Problem:
    kind = raw.data[:3].decode(ENCODING)
    shown = kind if kind.isascii() and kind.isdigit() else None
    return Problem(Severity.REJECTED, raw.line, raw.offset, shown, fault.field, fault.reason)


def _error_remark(raw: RawRecord) -> InputRejected:
    """What CPR says of a line that we sent; the line itself is for whom it concerns, numbers within the text are left out."""
    text = raw.data.decode(ENCODING)
    number, said = text[_ERROR_NUMBER].strip(), _LONG_DIGITS.sub("…", text[_ERROR_TEXT].strip())
    number = number if number.isascii() and number.isdigit() else "unknown"
    reason = f"CPR rejected our input, error {number}: {said}"
    return InputRejected(
        Severity.REMARK, raw.line, raw.offset, "910", None, reason, text[_ERROR_INPUT], number, said
    )


def _count_remark(summary: FileSummary) -> Problem:
    declared = "no number" if summary.declared is None else str(summary.declared)
    reason = f"the end record says {declared} of records, the file has {summary.records}"
    return Problem(Severity.REMARK, None, None, "999", "record_count", reason)


def _date_remark(summary: FileSummary) -> Problem:
    reason = (
        f"the production date {summary.production_date} is not after the previous one,"
        f" {summary.previous_production_date}"
    )
    return Problem(Severity.REMARK, 1, 0, "000", "previous_production_date", reason)
