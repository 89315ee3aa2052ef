"""What must hold for a file of any bytes at all, whoever made it; every breach is an ``AssertionError``."""

import datetime as dt
from pathlib import Path

from registerbro.cpr.authority import AuthorityFileRefused, read_authorities
from registerbro.cpr.mapping import MappingContext, map_person, map_receipt
from registerbro.cpr.person import decode, decode_all, raw_fields
from registerbro.cpr.reader import (
    FileRefused,
    FileSummary,
    PersonRecords,
    Problem,
    Severity,
    SubscriptionEnded,
    persons,
    scan,
)
from registerbro.privacy import is_suspect

OF_THE_FILE = {"000", "999"}  # records whose remarks are about the file as a whole


def check_reading(path: Path) -> int:
    """Both passes over a file, then mapping and decoding of all that it holds; returns the persons in it."""
    try:
        summary = scan(path)
    except FileRefused as refusal:
        _check_refusal(refusal.reason)
        return 0
    problems: list[Problem] = []
    ordinals, lines = set(), []
    for item in persons(path, summary, problems.append, path.parent):
        assert item.ordinal not in ordinals, "two persons in one place"
        ordinals.add(item.ordinal)
        lines += _used(item, summary)
    assert len(lines) == len(set(lines)), "a record is used twice"
    assert len(lines) <= summary.records, "more records than the file has"
    for problem in problems:
        check_problem(problem, summary)
    return len(ordinals)


def check_problem(problem: Problem, summary: FileSummary) -> None:
    """It names a place in the file and no number."""
    assert not is_suspect(problem.reason), "a problem tells a number"
    if problem.line is None or problem.offset is None:
        assert problem.severity is Severity.REMARK, "a rejection without a place"
        assert problem.record_type in OF_THE_FILE, "a problem without a place"
    else:
        assert problem.line >= 1, "a line that is none"
        assert 0 <= problem.offset < summary.size, "a place outside of the file"


def check_authorities(path: Path) -> None:
    """The reader of the authority register takes a file or refuses it."""
    try:
        read_authorities(path)
    except AuthorityFileRefused as refusal:
        _check_refusal(refusal.reason)


def _check_refusal(reason: str) -> None:
    assert reason, "a refusal without a reason"
    assert not is_suspect(reason), "a refusal tells a number"


def _used(item: PersonRecords | SubscriptionEnded, summary: FileSummary) -> list[int]:
    context = MappingContext(
        summary.production_date, summary.task_number, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
    if isinstance(item, SubscriptionEnded):
        map_receipt(item, context=context)
        decode(item.record)
        return [item.record.line]
    mapped = map_person(item, context=context)
    assert len(decode_all(mapped.records)) == len(item.records), (
        "the stored records are not those of the file"
    )
    assert [record.type for record in item.records].count("001") == 1, "not one 001"
    for record in item.records:
        decode(record)
        raw_fields(record)
    return [record.line for record in item.records]
