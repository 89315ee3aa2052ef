"""The reader against the writer, and against anything at all."""

import dataclasses
import datetime as dt
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.cpr.layouts import LAYOUTS, Field, Kind
from registerbro.cpr.person import decode, raw_fields
from registerbro.cpr.reader import FileRefused, PersonRecords
from registerbro.cpr.scanning import OF_NO_PERSON
from registerbro.cpr.writer import Form, write_record

from tests.support.cpr_files import Reading, extract, read

PERSON_TYPES = sorted(set(LAYOUTS) - {kind.decode() for kind in OF_NO_PERSON})
LETTERS = "".join(map(chr, itertools.chain(range(0x20, 0x7F), range(0xA1, 0x100)))).replace("Ã", "")

# A busy machine is no failure.
PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

numbers = st.from_regex(r"[0-9]{10}", fullmatch=True).filter(lambda number: number.strip("0") != "")
days = st.dates(dt.date(1800, 1, 1), dt.date(2199, 12, 31))


def values(field: Field) -> st.SearchStrategy[str]:
    """What the register could write into a field; empty as often as not."""
    match field.kind:
        case Kind.NUMBER:
            some = numbers
        case Kind.DIGITS:
            some = st.from_regex(rf"[0-9]{{{field.length}}}", fullmatch=True)
        case Kind.DATE:
            some = days.map(str)
        case Kind.COMPACT_DATE:
            some = days.map(lambda day: str(day).replace("-", ""))
        case Kind.TIMESTAMP:
            times = st.sampled_from(["0000", "1200", "2359", "2400", "1299"])
            some = st.tuples(days.map(lambda day: str(day).replace("-", "")), times).map("".join)
        case Kind.TEXT | Kind.MARKER:
            some = st.text(LETTERS, max_size=field.length).map(str.strip)
    return st.just("") | some


@st.composite
def records(draw: st.DrawFn, number: str, record_type: str) -> str:
    layout = LAYOUTS[record_type]
    fields = [field for field in layout.fields if field.name not in {"record_type", "pnr"}]
    chosen = (
        draw(st.lists(st.sampled_from(fields), unique_by=lambda field: field.name, max_size=6))
        if fields
        else []
    )
    return write_record(record_type, pnr=number, **{field.name: draw(values(field)) for field in chosen})


@st.composite
def people(draw: st.DrawFn) -> dict[str, list[str]]:
    found = {}
    for number in draw(st.lists(numbers, unique=True, max_size=5)):
        others = draw(st.lists(st.sampled_from(PERSON_TYPES).filter(lambda kind: kind != "001"), max_size=8))
        found[number] = [draw(records(number, kind)) for kind in ["001", *sorted(others)]]
    return found


def as_read(delivered: dict[str, list[str]]) -> dict[str, list[str]]:
    return {number: [text.rstrip(" ") for text in texts] for number, texts in delivered.items()}


def reading(content: bytes) -> Reading:
    with tempfile.TemporaryDirectory() as directory:
        return read(content, Path(directory))


def contents(person: PersonRecords) -> list[tuple[str, dict[str, object]]]:
    return [(each.type, dict(decode(each))) for each in person.records]


@given(people(), st.sampled_from(Form), st.sampled_from(["\n", "\r\n"]), st.booleans())
@PATIENT
def test_reading_gives_what_was_written(
    delivered: dict[str, list[str]], form: Form, line_end: str, trim: bool
) -> None:
    found = reading(extract(itertools.chain(*delivered.values()), form=form, line_end=line_end, trim=trim))
    assert found.problems == []
    assert found.texts() == as_read(delivered)


@given(people())
@PATIENT
def test_writing_what_was_read_gives_the_same_records(delivered: dict[str, list[str]]) -> None:
    for person in reading(extract(itertools.chain(*delivered.values()))).persons:
        again = [write_record(each.type, **raw_fields(each)) for each in person.records]
        assert again == delivered[person.number.value]


@given(people(), st.randoms(use_true_random=False))
@PATIENT
def test_trailing_blanks_may_be_missing_anywhere(delivered: dict[str, list[str]], random: object) -> None:
    choose = getattr(random, "randint")  # noqa: B009 - Hypothesis gives it no public type
    lines = extract(itertools.chain(*delivered.values()), trim=False).split(b"\n")
    cut = [line[: choose(len(line.rstrip(b" ")), len(line))] for line in lines]
    assert reading(b"\n".join(cut)).texts() == as_read(delivered)


@given(
    people().flatmap(
        lambda found: st.tuples(st.just(found), st.permutations(list(itertools.chain(*found.values()))))
    )
)
@PATIENT
def test_the_order_of_the_records_does_not_matter(case: tuple[dict[str, list[str]], list[str]]) -> None:
    delivered, shuffled = case
    found = reading(extract(shuffled))
    assert found.problems == []
    assert {number: sorted(texts) for number, texts in found.texts().items()} == {
        number: sorted(texts) for number, texts in as_read(delivered).items()
    }
    assert all(
        types == sorted(types)
        for types in ([each.type for each in person.records] for person in found.persons)
    )


@given(people())
@PATIENT
def test_every_record_can_be_decoded(delivered: dict[str, list[str]]) -> None:
    for person in reading(extract(itertools.chain(*delivered.values()))).persons:
        assert [kind for kind, _ in contents(person)] == [text[:3] for text in delivered[person.number.value]]


@given(st.binary(max_size=400))
@settings(PATIENT, max_examples=200)
def test_any_bytes_are_refused_and_nothing_else(content: bytes) -> None:
    with pytest.raises(FileRefused):
        reading(content)


@dataclasses.dataclass(frozen=True)
class Damage:
    """A stretch of a file that is replaced."""

    at: int
    length: int
    by: bytes


damages = st.builds(Damage, st.integers(0, 3000), st.integers(0, 40), st.binary(max_size=40))


@given(people(), st.sampled_from(Form), st.lists(damages, min_size=1, max_size=4))
@settings(PATIENT, max_examples=200)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    delivered: dict[str, list[str]], form: Form, damage: list[Damage]
) -> None:
    content = extract(itertools.chain(*delivered.values()), form=form)
    for each in damage:
        content = content[: each.at] + each.by + content[each.at + each.length :]
    try:
        found = reading(content)
    except FileRefused:
        return
    for person in found.persons:
        assert all(LAYOUTS[kind] for kind, _ in contents(person))


@given(people(), st.integers(0, 5000))
@PATIENT
def test_a_file_cut_short_is_never_taken_for_whole(delivered: dict[str, list[str]], length: int) -> None:
    content = extract(itertools.chain(*delivered.values()))
    with pytest.raises(FileRefused):
        reading(content[: min(length, len(content) - 30)])
