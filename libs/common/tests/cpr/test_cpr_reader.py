"""What the reader makes of whole files: summary, persons in any order of records, receipts, problems."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from registerbro.cpr import framing, grouping
from registerbro.cpr.reader import Problem, persons, scan
from registerbro.cpr.refusals import Severity
from registerbro.cpr.writer import Form, write_record

from tests.support.cpr_files import (
    ANNA,
    BENT,
    CARL,
    PRODUCED,
    TASK,
    Reading,
    extract,
    read,
    record,
    simple_person,
)

REJECTED, REMARK = Severity.REJECTED, Severity.REMARK


def several(*numbers: str) -> list[str]:
    return [text for number in numbers for text in simple_person(number)]


def scattered() -> list[str]:
    """Three persons whose addresses stand together at the end."""
    texts = several(ANNA, BENT, CARL)
    return [text for text in texts if text[:3] != "003"] + [text for text in texts if text[:3] == "003"]


def places(reading: Reading) -> list[tuple[Severity, int | None, str | None, str | None, str]]:
    return [
        (each.severity, each.line, each.record_type, each.field, each.reason) for each in reading.problems
    ]


def test_the_summary_says_what_the_file_is(tmp_path: Path) -> None:
    content = extract(several(ANNA, BENT))
    summary = read(content, tmp_path).summary
    assert summary.form is Form.LINES
    assert summary.sha256 == hashlib.sha256(content).digest()
    assert summary.size == len(content)
    assert (summary.task_number, summary.production_date) == (TASK, PRODUCED)
    assert summary.previous_production_date is not None
    assert summary.records == summary.declared == 10
    assert summary.persons == 2
    assert summary.contiguous
    assert summary.counts["099"] == 2


@pytest.mark.parametrize("trim", [True, False])
@pytest.mark.parametrize(("form", "line_end"), [(Form.LINES, "\n"), (Form.LINES, "\r\n"), (Form.STREAM, "")])
@pytest.mark.parametrize("records", [several(ANNA, BENT, CARL), scattered()], ids=["together", "scattered"])
def test_both_forms_give_the_same_persons(
    records: list[str], form: Form, line_end: str, trim: bool, tmp_path: Path
) -> None:
    reading = read(extract(records, form=form, line_end=line_end, trim=trim), tmp_path)
    assert reading.problems == []
    assert [(each.ordinal, each.number.value) for each in reading.persons] == [
        (1, ANNA),
        (2, BENT),
        (3, CARL),
    ]
    assert reading.texts() == {
        number: [text.rstrip() for text in simple_person(number)] for number in (ANNA, BENT, CARL)
    }


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n\r\n", b"\x1a", b"\n  \n\x1a"])
@pytest.mark.parametrize("form", list(Form))
def test_what_transfers_leave_at_the_end_does_not_matter(form: Form, ending: bytes, tmp_path: Path) -> None:
    content = extract(simple_person(), form=form).rstrip(b"\n") + ending
    assert len(read(content, tmp_path).persons) == 1


def test_blank_lines_are_passed_over_but_counted(tmp_path: Path) -> None:
    reading = read(
        extract([record("001"), "", record("008"), "", "", record("099", updated="209913011200")]), tmp_path
    )
    assert [each.line for each in reading.problems if each.severity is REJECTED] == [7]
    assert len(reading.persons) == 1


def test_a_file_without_changes(tmp_path: Path) -> None:
    reading = read(extract([]), tmp_path)
    assert (reading.persons, reading.problems) == ([], [])


@pytest.mark.parametrize("block", [64, 100, 4096])
@pytest.mark.parametrize("form", list(Form))
def test_block_borders_fall_anywhere(
    form: Form, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(extract(several(ANNA, BENT, CARL), form=form), tmp_path)
    monkeypatch.setattr(framing, "BLOCK_BYTES", block)
    assert read(extract(several(ANNA, BENT, CARL), form=form), tmp_path) == whole


@pytest.mark.parametrize("form", list(Form))
def test_the_longer_variants_are_told_apart_in_both_forms(form: Form, tmp_path: Path) -> None:
    keyed = record("001", status="01", key_constant="00201234")
    addressed = record("002", road_name="Møllevej", address_uuid="0a3f50a2-0000-32b8-e044-0003ba298018")
    plain = [record("001", BENT), record("002", BENT), record("099", BENT)]
    reading = read(extract([keyed, addressed, record("099"), *plain], form=form), tmp_path)
    assert reading.problems == []
    assert [text.rstrip() for text in (keyed, addressed)] == reading.texts()[ANNA][:2]
    assert reading.persons[0].records[1].padded == addressed
    assert len(reading.persons[1].records[1].padded) == 306


def test_a_key_that_looks_like_a_record_is_told_from_one(tmp_path: Path) -> None:
    keyed = record("001", key_constant=f"002{BENT}")
    reading = read(extract([keyed, record("008"), *simple_person(BENT)], form=Form.STREAM), tmp_path)
    assert reading.texts()[ANNA] == [keyed.rstrip(), record("008").rstrip()]


def test_ordinals_and_places(tmp_path: Path) -> None:
    content = extract(several(ANNA, BENT))
    person = read(content, tmp_path).persons[1]
    first = person.records[0]
    assert (person.ordinal, first.line) == (2, 7)
    assert content[first.offset :].startswith(b"001" + BENT.encode())


def test_neither_person_nor_record_shows_what_it_holds(tmp_path: Path) -> None:
    person = read(extract(simple_person()), tmp_path).persons[0]
    assert repr(person) == "PersonRecords(ordinal=1, number=CprNumber(010170-xxxx), records=5)"
    assert repr(person.records[0]) == "Record(type='001', line=2, offset=36)"


@pytest.fixture
def in_small_buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """Many small bucket files, and a way to look at those that are open: their permissions."""
    monkeypatch.setattr(grouping, "BUCKET_BYTES", 256)

    def modes() -> list[int]:
        opened = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
        return [
            each.stat().st_mode & 0o777 for each in opened if str(each.readlink()).startswith(str(tmp_path))
        ]

    return modes


def test_bucket_files_are_private_and_leave_nothing_behind(
    tmp_path: Path, in_small_buckets: Callable[[], list[int]]
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    path = tmp_path / "extract"
    path.write_bytes(extract(scattered()))
    problems: list[Problem] = []
    reading = persons(path, scan(path), problems.append, spool)
    next(reading)
    assert len(in_small_buckets()) > 3
    assert set(in_small_buckets()) == {0o600}
    assert list(spool.iterdir()) == []  # also if the process is killed now
    reading.close()  # type: ignore[attr-defined]
    assert in_small_buckets() == []


@pytest.mark.usefixtures("in_small_buckets")
def test_many_buckets_give_the_same_persons(tmp_path: Path) -> None:
    numbers = [f"0101{serial:02}4321" for serial in range(60)]
    together = read(extract(several(*numbers)), tmp_path).texts()
    shuffled = read(extract(sorted(several(*numbers), key=lambda text: (text[:3], text[5:9]))), tmp_path)
    assert not shuffled.summary.contiguous
    assert shuffled.problems == []
    assert shuffled.texts() == together


def test_each_001_begins_a_delivery(tmp_path: Path) -> None:
    twice = [
        record("001", status="01"),
        record("014", child_pnr=BENT),
        record("001", status="80"),
        record("008"),
    ]
    for records in (twice, [*twice, *several(BENT, CARL), record("019", BENT)]):
        reading = read(extract(records), tmp_path)
        found = [
            [each.type for each in person.records]
            for person in reading.persons
            if person.number.value == ANNA
        ]
        assert found[:2] == [["001", "014"], ["001", "008"]]


@pytest.mark.parametrize(
    ("bad", "field", "reason"),
    [
        (record("008") + "x", None, "longer than 193 characters"),
        (record("001", birth_date="2001-02-30"), "birth_date", "not a possible date"),
        (record("001", birth_date="1900-02-29"), "birth_date", "not a possible date"),
        (record("001", birth_date="01-01-1970"), "birth_date", "not a possible date"),
        (record("002", moved_in="202001012500"), "moved_in", "not a possible time"),
        (record("002", moved_in="202001011260"), "moved_in", "not a possible time"),
        (record("002", moved_in="202013011200"), "moved_in", "not a possible time"),
        (record("002", municipality_code="01X1"), "municipality_code", "not digits"),
        (record("002", municipality_code=" 101"), "municipality_code", "not digits"),
        (record("012", spouse_pnr="01017O1996"), "spouse_pnr", "not ten digits"),
        (record("008", first_names="An\x85na"), "first_names", "a control character"),
        (record("008", first_names="An\x00na"), "first_names", "a control character"),
        (record("008", last_name="Ã\x85l"), "last_name", "UTF-8, not ISO-8859-1"),
        (record("008", last_name="KjÃ¦r"), "last_name", "UTF-8, not ISO-8859-1"),
        (record("003")[:183] + "28", "post_code", "not digits"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_rejected_record_leaves_everything_else_as_it_is(
    bad: str, field: str | None, reason: str, together: bool, tmp_path: Path
) -> None:
    kind = bad[:3]
    records = [bad if text[:3] == kind else text for text in simple_person()]
    if bad not in records:
        records.insert(3, bad)
    late = [] if together else [record("019", note_text="late")]
    reading = read(extract([*records, *simple_person(BENT), *late]), tmp_path)
    line = records.index(bad) + 2
    assert places(reading)[0] == (REJECTED, line, kind, field, reason)
    assert reading.texts()[BENT] == [text.rstrip() for text in simple_person(BENT)]
    if kind == "001":
        assert ANNA not in reading.texts()
        assert places(reading)[1][-1] == "record 001 was rejected: nothing of this person is used"
    else:
        anna = next(person for person in reading.persons if person.number.value == ANNA)
        assert anna.rejected_types == {kind}
        assert kind not in [each.type for each in anna.records]


def test_signs_that_look_odd_but_are_not_wrong(tmp_path: Path) -> None:
    odd = [
        record(
            "001",
            status="99",
            status_start="196100000000",
            status_start_uncertain=True,
            birth_date="1961-00-00",
        ),
        record("008", first_names="An\xa0na", last_name="SÃO", name_start="199103201299"),
        record("010", citizenship_start="200111082400"),
        record("012", spouse_pnr="0000000000", spouse_birth_date="0000-00-00"),
        record("099", event="Q77", updated=""),
    ]
    reading = read(extract(odd), tmp_path)
    assert reading.problems == []
    assert reading.texts()[ANNA] == [text.rstrip() for text in odd]


def test_an_unknown_record_type_in_the_line_form(tmp_path: Path) -> None:
    reading = read(extract([*simple_person(), f"077{ANNA}something", "no record at all"]), tmp_path)
    assert places(reading) == [
        (REJECTED, 7, "077", None, "unknown record type"),
        (REJECTED, 8, None, None, "unknown record type"),
    ]
    assert reading.persons[0].rejected_types >= {"077"}


def test_a_person_without_001_is_left_out(tmp_path: Path) -> None:
    reading = read(extract([record("008", BENT), *simple_person(), record("003", CARL)]), tmp_path)
    assert set(reading.texts()) == {ANNA}
    reason = "record 001 is missing: nothing of this person is used"
    assert sorted(places(reading)) == [(REJECTED, 2, "008", None, reason), (REJECTED, 8, "003", None, reason)]


def test_a_record_without_owner_counts_as_not_delivered_for_whom_it_stands_among(tmp_path: Path) -> None:
    broken = record("014", child_pnr=CARL).replace(ANNA, "x" * 10)
    anna = simple_person(ANNA)
    reading = read(extract([*anna[:3], broken, *anna[3:], *simple_person(BENT)]), tmp_path)
    assert reading.summary.contiguous
    assert places(reading) == [(REJECTED, 5, "014", "pnr", "not ten digits")]
    assert {each.number.value: each.rejected_types for each in reading.persons} == {
        ANNA: {"014"},
        BENT: frozenset(),
    }


def test_among_stragglers_it_counts_for_all_who_have_no_such_record(tmp_path: Path) -> None:
    records = scattered()  # ends in the 003 of Anna, Bent and Carl
    records[-2] = records[-2].replace(BENT, " " * 10)
    reading = read(extract(records), tmp_path)
    rejected = {each.number.value: each.rejected_types for each in reading.persons}
    assert rejected[BENT] == {"003"}
    assert "003" in rejected[ANNA]  # a neighbour: it may have a second one


def test_among_stragglers_it_counts_for_the_person_after_it_too(tmp_path: Path) -> None:
    children = [record("014", number, child_pnr=CARL) for number in (ANNA, BENT, CARL)]
    children[1] = children[1].replace(BENT, "x" * 10, 1)
    reading = read(extract([*several(ANNA, BENT, CARL), *children]), tmp_path)
    rejected = {each.number.value: each.rejected_types for each in reading.persons}
    assert rejected == {ANNA: {"014"}, BENT: {"014"}, CARL: {"014"}}  # any of them may have had one more


def test_a_record_of_nobody_does_not_part_a_persons_records(tmp_path: Path) -> None:
    anna = simple_person(ANNA)
    reading = read(extract([*anna[:3], record("014", "0000000000"), *anna[3:]]), tmp_path)
    assert reading.summary.contiguous
    assert reading.persons[0].rejected_types == {"014"}


def test_a_number_of_zeros_is_no_number(tmp_path: Path) -> None:
    reading = read(extract([*simple_person(), *simple_person("0000000000")]), tmp_path)
    assert set(reading.texts()) == {ANNA}
    assert {each.field for each in reading.problems} == {"pnr"}


@pytest.mark.parametrize("form", list(Form))
def test_a_wrong_count_is_a_remark(form: Form, tmp_path: Path) -> None:
    content = extract(simple_person(), form=form).replace(b"9" * 10 + b"00000005", b"9" * 10 + b"00000007")
    reading = read(content, tmp_path)
    reason = "the end record says 7 of records, the file has 5"
    assert places(reading) == [(REMARK, None, "999", "record_count", reason)]
    assert len(reading.persons) == 1


def test_an_error_record_becomes_a_remark_without_what_it_quotes(tmp_path: Path) -> None:
    error = write_record(
        "910",
        sort_field=ANNA,
        input=f"06 123400OP{ANNA}",
        error_number="0012",
        error_text=f"PNR {ANNA} ukendt",
    )
    reading = read(extract([*simple_person(), error]), tmp_path)
    assert places(reading) == [(REMARK, 7, "910", None, "CPR rejected our input, error 0012: PNR … ukendt")]
    assert reading.summary.counts["910"] == 1


@pytest.mark.parametrize("form", list(Form))
def test_receipts_come_last_with_ordinals_of_their_own(form: Form, tmp_path: Path) -> None:
    receipt = record("997", BENT, updated="202405160900", event="A46", key_constant="X1")
    reading = read(extract([receipt, *simple_person(), record("997", CARL)], form=form), tmp_path)
    assert reading.problems == []
    assert [(each.ordinal, each.number.value) for each in reading.receipts] == [(2, BENT), (3, CARL)]
    assert reading.summary.contiguous


def test_no_reason_tells_what_the_file_holds(tmp_path: Path) -> None:
    bad = [
        record("008", first_names="Hemmelig\x85"),
        record("001", BENT, birth_date="2001-02-30", occupation="Hemmelig"),
        f"077{CARL}Hemmelig",
        write_record("910", input=ANNA, error_text=CARL),
    ]
    reading = read(extract([record("001"), *bad]), tmp_path)
    told = " ".join(map(repr, reading.problems))
    assert len(reading.problems) >= 4
    assert not any(secret in told for secret in (ANNA, BENT, CARL, "Hemmelig"))
