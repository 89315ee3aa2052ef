"""The invariants of the fuzzing, tried for some seconds on whole files that were damaged at random."""

import datetime as dt
import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.cpr.reader import FileSummary, Problem, Severity
from registerbro.cpr.writer import Form

from tests.fuzz.invariants import check_authorities, check_problem, check_reading
from tests.fuzz.seeds import AUTHORITIES, write_seeds
from tests.support.cpr_files import ANNA

SUMMARY = FileSummary(
    form=Form.LINES,
    sha256=b"",
    size=1000,
    task_number="123401",
    production_date=dt.date(2026, 1, 1),
    previous_production_date=None,
    records=1,
    declared=1,
    contiguous=True,
    counts={"001": 1},
    could_end=0,
)
Edit = tuple[int, int, bytes]
EDITS = st.lists(
    st.tuples(
        st.integers(0, 1 << 14),
        st.integers(0, 40),
        st.one_of(st.binary(max_size=12), st.sampled_from([b"\n", b"001", b"999", b"0101701996", b" "])),
    ),
    max_size=6,
)


@functools.cache
def seeds() -> list[bytes]:
    with tempfile.TemporaryDirectory() as name:
        write_seeds(Path(name), populations=3)
        return [path.read_bytes() for path in sorted(Path(name).iterdir())]


def damaged(content: bytes, edits: Sequence[Edit]) -> bytes:
    for place, length, put in edits:
        start = place % (len(content) + 1)
        content = content[:start] + put + content[start + length :]
    return content


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 100), edits=EDITS)
def test_any_damage(number: int, edits: list[Edit], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(damaged(seeds()[number % len(seeds())], edits))
    check_reading(path)
    check_authorities(path)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for head in (b"", b"000000000000012340120261123\n", b"authority_code,name\n"):
        path.write_bytes(head + content)
        check_reading(path)
        check_authorities(path)


def test_whole_files_hold_all_their_persons(tmp_path: Path) -> None:
    found = []
    for number, content in enumerate(seeds()):
        path = tmp_path / f"file{number}"
        path.write_bytes(content)
        found.append(check_reading(path) if content not in AUTHORITIES else 0)
    assert sum(found) == 4 * (1 + 2 + 3)


@pytest.mark.parametrize(
    "problem",
    [
        Problem(Severity.REJECTED, None, None, "001", None, "no place"),
        Problem(Severity.REMARK, None, None, "001", None, "no place"),
        Problem(Severity.REJECTED, 1, 1000, "001", None, "past the end"),
        Problem(Severity.REJECTED, 1, 0, "001", None, f"of {ANNA}"),
    ],
)
def test_a_breach_is_noticed(problem: Problem) -> None:
    with pytest.raises(AssertionError):
        check_problem(problem, SUMMARY)
