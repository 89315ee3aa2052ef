"""The table of all authority codes that came with the formats."""

import collections
import datetime as dt

import pytest
from registerbro.cpr.authority import names_on, read_authorities

from tests.reference.data import TESTDATA

CODES = TESTDATA.parent / "formats" / "authority_codes.csv"
pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not CODES.exists(), reason=f"{CODES} is not there"),
]


def test_every_row_is_read() -> None:
    rows = read_authorities(CODES)
    lines = CODES.read_text("utf-8").splitlines()[1:]
    assert len(rows) == len({tuple(line.split(",")[:1] + line.split(",")[3:4]) for line in lines})
    assert {row.code for row in rows} == {line[:4] for line in lines}


def test_names_today_are_those_that_began_last() -> None:
    rows = read_authorities(CODES)
    names = names_on(rows, dt.date(2026, 11, 24))
    assert (names["0851"], names["5100"]) == ("Aalborg", "Danmark")
    began = collections.defaultdict(list)
    for row in rows:
        began[row.code].append(row)
    assert all(
        names[code] == max(found, key=lambda row: row.valid_from).name for code, found in began.items()
    )
