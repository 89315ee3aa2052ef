"""The register's dates: value, precision and marker."""

import datetime as dt

import pytest
from registerbro.contacts.model import PartialDate, Precision
from registerbro.cpr.dates import compact_date, earliest_day, parse_date, parse_timestamp, plain_date


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("200111081450", "2001-11-08T14:50", Precision.MINUTE),
        ("199103201299", "1991-03-20", Precision.DAY),  # minute 99: time of day not known
        ("200006300000", "2000-06-30", Precision.DAY),  # no time of day given
        ("194109002000", "1941-09", Precision.MONTH),
        ("196100000000", "1961", Precision.YEAR),
        ("194100001299", "1941", Precision.YEAR),
        ("200111082400", "2001-11-09T00:00", Precision.MINUTE),  # the midnight that ends the day
        ("200112312400", "2002-01-01T00:00", Precision.MINUTE),
        ("999912312400", "9999-12-31", Precision.DAY),
        ("200002291200", "2000-02-29T12:00", Precision.MINUTE),
    ],
)
def test_timestamps(text: str, value: str, precision: Precision) -> None:
    assert parse_timestamp(text) == PartialDate(value, precision)
    assert parse_timestamp(text, "*") == PartialDate(value, precision, uncertain=True)


@pytest.mark.parametrize("text", ["000000000000", " " * 12, "", "190002291200", "200113011200", "0000"])
def test_no_timestamp(text: str) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("1961-09-09", "1961-09-09", Precision.DAY),
        ("1961-09-00", "1961-09", Precision.MONTH),
        ("1961-00-00", "1961", Precision.YEAR),
    ],
)
def test_dates(text: str, value: str, precision: Precision) -> None:
    assert parse_date(text, " ") == PartialDate(value, precision)
    assert parse_date(text, "*") == PartialDate(value, precision, uncertain=True)


@pytest.mark.parametrize("text", ["", " " * 10, "0000000000", "0000-00-00", "2001-02-29"])
def test_no_date(text: str) -> None:
    assert parse_date(text) is None
    assert plain_date(text) is None


def test_only_a_known_day_is_a_plain_date() -> None:
    assert plain_date("1961-09-09") == dt.date(1961, 9, 9)
    assert plain_date("1961-09-00") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("196100000000", dt.date(1961, 1, 1)),
        ("194109002000", dt.date(1941, 9, 1)),
        ("199103201299", dt.date(1991, 3, 20)),
        ("200111081450", dt.date(2001, 11, 8)),
        ("000000000000", None),
    ],
)
def test_the_earliest_day_that_a_date_can_mean(text: str, day: dt.date | None) -> None:
    assert earliest_day(parse_timestamp(text)) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20011119", dt.date(2001, 11, 19)),
        ("00000000", None),
        ("20011301", None),
        ("2001111", None),
        ("２００１１１１９", None),
    ],
)
def test_compact_dates(text: str, day: dt.date | None) -> None:
    assert compact_date(text) == day
