"""What servers' listings say: real forms, generated ones read back, and anything at all."""

import datetime as dt
import time
from typing import Any

import pytest
from cpr_batch.remote import RemoteFile, is_safe
from cpr_batch.servers import listings
from hypothesis import given
from hypothesis import strategies as st

NAME = "d110901.l431101"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-rw-r--r--    1 ftp      ftp           531 Jan 29 03:26 ", 531),
        ("-rw-r--r--   1 root     other        531 Sep  1  2011 ", 531),
        ("-rw-r--r--   1 root     531 Sep  1  2011 ", 531),
        ("-rw-r--r--+  1 1001     1001         531 Sep  1 2011 ", 531),
        ("-rw-r--r--.  1 CPR\\user domain users 531 1 sep 2011 ", 531),
        ("-rw-r--r--   1 owner    group        531 1. okt. 11:12 ", 531),
        ("-rw-rw-rw-   1 owner    group    1803128 2011-09-01 11:12 ", 1803128),
        ("-rw-rw-rw-   1 owner    group    1803128 2011-09-01 11:12:13.123456789 +0200 ", 1803128),
        ("-rwxrwxrwx   1 noone    nogroup      322 Aug 19  1996 ", 322),
    ],
)
def test_ways_in_which_ls_is_written(line: str, expected: int) -> None:
    [file] = listings.unix([line + NAME]).files
    assert (file.name, file.size) == (NAME, expected)
    assert file.changed is not None


def test_directories_and_totals_are_understood_and_no_files() -> None:
    found = listings.unix(["total 8", f"drwxr-xr-x 2 ftp ftp 512 Apr 8 1994 {NAME}"])
    assert (found.files, found.is_understood) == ((), True)


def test_a_link_may_be_a_file_and_its_size_is_not_the_files() -> None:
    line = f"lrwxrwxrwx 1 root other 7 Jan 25 00:17 {NAME} -> ../../etc/passwd"
    assert listings.unix([line]).files == (RemoteFile(NAME),)


def test_a_form_that_is_not_known_says_so() -> None:
    assert not listings.unix(["09-01-11  11:12AM  531 d110901.l431101"]).is_understood


HEADING = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("CPR001 3390   2011/09/01  1  200  FB      80  8053  PS  D110901.L431101", False),
        ("CPR001 3390   **NONE**    1   15  VB    1024 27998  PS  D110901.L431101", False),
        ("CPR001 3390   2011/09/01 1065535  U       0 27998  PS  'CPR.UD.D110901.L431101'", False),
        ("CPR001 3390   **NONE**    1   15  NONE     0     0  NONE D110901.L431101", False),
        ("Migrated                                                D110901.L431101", True),
        ("Migrated                                                'CPR.UD.D110901.L431101'", True),
        ("ARCIVE Not Direct Access Device                         D110901.L431101", True),
        ("T00123 Tape                                             D110901.L431101", True),
        ("CPR002 Not Mounted                                      D110901.L431101", True),
        ("CPR001 3390   2011/09/01  1    3  FB      80  3125  PO  D110901.L431101", None),
        ("CPR001 3390   2011/09/01  1    3  FB      80  3125  PO-E D110901.L431101", None),
        ("Pseudo Directory                                        D110901.L431101", None),
        ("CPR001 3390                                     VSAM D110901.L431101", None),
        ("CPR001 3390   2011/09/01  1  200  FB  80  8053  PS  'HR.LOEN.D110901.L431101'", None),
        ("CPR001 3390   2011/09/01  1  200  FB  80  8053  PS  ../../ETC/PASSWD", None),
        ("CPR001 3390   2011/09/01  1  200  FB  80  8053  PS  D110901.L43110123", None),
    ],
)
def test_data_sets(line: str, expected: bool | None) -> None:
    """True: on mass storage, or otherwise not to be had; None: no file of ours."""
    found = listings.mvs([HEADING, line], "'CPR.UD.'").files
    assert [file.is_migrated for file in found] == ([] if expected is None else [expected])
    assert {file.name for file in found} <= {"D110901.L431101"}


def test_members_of_a_library() -> None:
    lines = [
        " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
        "D110901   01.01 2011/09/01 2011/09/01 11:12    19    19     0 CPR",
        "D110902",
    ]
    assert [file.name for file in listings.mvs(lines).files] == ["D110901", "D110902"]


def test_a_mainframe_lists_5000_at_most() -> None:
    lines = [HEADING, *(f"Migrated D{number:06}.L431101" for number in range(100_000))]
    found = listings.mvs(lines)
    assert (len(found.files), found.is_cut) == (5000, True)
    assert not listings.mvs(lines[:5001]).is_cut


TEXT = st.text(st.characters(codec="latin-1"), max_size=80)
PIECES = st.sampled_from(
    ["-rw-r--r--", "1", "531", "Sep", "2011", "11:12", "2011-09-01", "'", "../..", "Migrated", "PS", "PO", HEADING, "type=file;",
     "size=9;", " ", "  ", "\x00", "\x1b[2J", NAME, "'CPR.UD.A.B'", "٣", "²", "total", "-> "]
)  # fmt: skip
LINES = st.lists(st.one_of(TEXT, st.lists(PIECES | TEXT).map("".join), st.lists(PIECES).map(" ".join)))


@given(LINES, TEXT)
def test_whatever_comes_no_unsafe_name_goes_out(lines: list[str], prefix: str) -> None:
    for found in (
        listings.unix(lines),
        listings.mlsd(lines),
        listings.names(lines),
        listings.mvs(lines, prefix),
    ):
        assert all(is_safe(file.name) for file in found.files)
        assert len({file.name for file in found.files}) == len(found.files)


@pytest.mark.parametrize("part", ["1 ", "-", "9", "Sep 1 2011 ", "a=b;", "' ", "\t"])
def test_a_line_without_an_end_takes_no_time(part: str) -> None:
    lines = ["-rw-r--r-- 1 a b " + part * 1_000_000, part * 1_000_000]
    begun = time.perf_counter()
    for parse in (listings.unix, listings.mlsd, listings.names, listings.mvs):
        assert parse(lines).files == ()
    assert time.perf_counter() - begun < 2


SAFE = st.from_regex(r"[A-Za-z0-9_#@$][A-Za-z0-9_#@$. -]{0,30}[A-Za-z0-9_#@$]", fullmatch=True)
FILES = st.lists(
    st.tuples(SAFE, st.integers(0, 10**15), st.dates(dt.date(1990, 1, 1), dt.date(2089, 1, 1))),
    unique_by=lambda file: file[0],
)
STYLES = ["%b %e  %Y", "%b %e %H:%M", "%e %b %Y", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S +0100", "%Y-%m-%d"]
OWNERS = ["1 ftp      ftp", "ftp", "1 1001 1001", "12 CPR\\konto domain users", ""]


@given(FILES, st.sampled_from(STYLES), st.sampled_from(OWNERS))
def test_what_ls_writes_is_read(files: list[Any], style: str, owner: str) -> None:
    lines = [f"-rw-r--r-- {owner} {size:>12} {time:{style}} {name}" for name, size, time in files]
    read = [(file.name, file.size) for file in listings.unix(lines).files]
    assert read == [(name, size) for name, size, _ in files]


QUALIFIER = st.from_regex(r"[A-Z#@$][A-Z0-9#@$]{0,7}", fullmatch=True)
DATA_SETS = st.lists(
    st.tuples(st.lists(QUALIFIER, min_size=1, max_size=3).map(".".join), st.booleans(), st.booleans()),
    unique_by=lambda each: each[0],
)


@given(DATA_SETS)
def test_what_a_mainframe_writes_is_read(data_sets: list[tuple[str, bool, bool]]) -> None:
    lines = [HEADING]
    for name, is_migrated, is_quoted in data_sets:
        shown = f"'CPR.UD.{name}'" if is_quoted else name
        before = "Migrated" if is_migrated else "CPR001 3390   2011/09/01  1  200  VB  1024 27998  PS"
        lines.append(f"{before:<56}{shown}")
    read = [(file.name, file.is_migrated) for file in listings.mvs(lines, "'CPR.UD.'").files]
    assert read == [(name, is_migrated) for name, is_migrated, _ in data_sets]
