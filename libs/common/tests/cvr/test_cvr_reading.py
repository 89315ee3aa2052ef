"""Which of CVR's rows count on a day, and how its values are written."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.cvr import reading
from registerbro.cvr.units import Classification, Industry

DAY = dt.date(2026, 5, 4)
ONE = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    text: str
    since: dt.date | None = None
    until: dt.date | None = None
    sequence: int = 0


def texts(rows: list[Row]) -> list[str]:
    return [row.text for row in rows]


def test_the_main_row_comes_first_and_others_than_todays_do_not_count() -> None:
    rows = [
        Row("secondary", DAY, sequence=1),
        Row("to come", DAY + ONE),
        Row("gone", None, DAY - ONE),
        Row("main", DAY - ONE),
    ]
    assert texts(reading.standing(rows, DAY)) == ["main", "secondary"]


def test_the_latest_of_two_open_rows_comes_first() -> None:
    rows = [Row("old", DAY - 9 * ONE), Row("new", DAY - ONE)]
    assert texts(reading.standing(rows, DAY)) == ["new", "old"]


def test_a_row_that_ends_today_counts_until_another_follows() -> None:
    ending, following = Row("ending", None, DAY), Row("following", DAY)
    other = Row("of another sequence", DAY, sequence=1)
    assert texts(reading.standing([ending, other], DAY)) == ["ending", "of another sequence"]
    assert texts(reading.standing([ending, following], DAY)) == ["following"]


def test_the_last_rows_are_those_that_began_latest() -> None:
    rows = [
        Row("first", DAY - 9 * ONE, DAY - 5 * ONE),
        Row("last", DAY - 5 * ONE, DAY - ONE),
        Row("to come", DAY + ONE),
        Row("other", DAY - 9 * ONE, DAY - 8 * ONE, sequence=1),
    ]
    assert texts(reading.last(rows, DAY)) == ["last", "other"]
    assert reading.last([], DAY) == []


@given(st.lists(st.builds(Row, st.text(), *[st.none() | st.dates()] * 2, st.integers(0, 3)), max_size=6))
def test_rows_that_stand_have_begun_and_not_ended(rows: list[Row]) -> None:
    standing = reading.standing(rows, DAY)
    assert all(row.since is None or row.since <= DAY for row in standing)
    assert all(row.until is None or row.until >= DAY for row in standing)
    assert set(standing) >= {row for row in rows if row.since is row.until is None}
    assert [row.sequence for row in standing] == sorted(row.sequence for row in standing)


def test_the_next_change_is_a_beginning_or_an_end() -> None:
    rows = [Row("now", None, DAY + 3 * ONE), Row("then", DAY + 2 * ONE), Row("gone", None, DAY)]
    assert reading.changes_after(rows, DAY) == DAY + 2 * ONE
    assert reading.changes_after(rows[2:], DAY) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-06-01", dt.date(2019, 6, 1)),
        ("2019-06-01T00:00:00.000000+02:00", dt.date(2019, 6, 1)),
        ("2019-05-31T22:00:00Z", dt.date(2019, 6, 1)),
        ("2019-05-31T23:30:00", dt.date(2019, 5, 31)),
        ("2026-03-29T01:59:59.0000000+01:00", dt.date(2026, 3, 29)),
    ],
)
def test_a_date_is_a_danish_one(text: str, day: dt.date) -> None:
    assert reading.date(text) == day


@pytest.mark.parametrize("text", ["", "01-06-2019", "2019-02-30", "0001-01-01T00:00:00+14:00", "i morgen"])
def test_what_is_no_date_is_told_without_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is no date$"):
        reading.date(text)


def test_a_day_in_denmark_begins_before_utcs() -> None:
    assert reading.danish_day(dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)) == dt.date(2026, 7, 1)
    assert reading.danish_day(dt.datetime(2026, 12, 31, 22, 30, tzinfo=dt.UTC)) == dt.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-10-10T16:20:39Z", 14),
        ("2026-12-10T16:20:39Z", 15),
        ("2026-10-25T02:30:00Z", 0),  # twice in that night
    ],
)
def test_a_z_that_is_not_meant(text: str, hour: int) -> None:
    assert reading.falsely_utc(text).hour == hour


def test_moments_are_utc() -> None:
    assert reading.moment("2026-03-30T08:00:01.0000000+02:00") == dt.datetime(
        2026, 3, 30, 6, 0, 1, tzinfo=dt.UTC
    )
    with pytest.raises(ValueError, match=r"^is no time$"):
        reading.moment("yesterday")


@pytest.mark.parametrize(
    ("text", "padded"), [("101", "0101"), ("0101", "0101"), ("0", ""), ("", ""), ("0000", "")]
)
def test_leading_zeros_come_back_and_zero_is_nothing(text: str, padded: str) -> None:
    assert reading.padded(text, 4) == padded


@pytest.mark.parametrize(
    ("text", "country", "postcode"),
    [
        ("800", "DK", "0800"),
        ("0", "", ""),
        ("", "DK", ""),
        ("SW1A 1AA", "GB", "SW1A 1AA"),
        ("0123", "NO", "0123"),
        ("D-24937", "", "D-24937"),
    ],
)
def test_post_codes(text: str, country: str, postcode: str) -> None:
    assert reading.postcode(text, country) == postcode


@pytest.mark.parametrize(
    ("text", "number"), [("012b", "12B"), ("12 B", "12B"), ("0", "0"), ("", ""), ("7", "7")]
)
def test_house_numbers(text: str, number: str) -> None:
    assert reading.house_number(text) == number


def test_care_of_that_says_the_street_again_is_dropped() -> None:
    assert reading.care_of("HAVNEGADE  1", road="Havnegade", house="1") == ""
    assert reading.care_of("Havnegade", road="Havnegade", house="1") == ""
    assert reading.care_of("Lis Havnegade", road="Havnegade", house="1") == "Lis Havnegade"


@pytest.mark.parametrize("text", ["62.01.00", "620100", "62 01 00"])
def test_industries_are_six_digits(text: str) -> None:
    assert reading.industry(text, "it") == Industry("620100", "it")
    assert reading.industry("11100") == Industry("011100")


@pytest.mark.parametrize("text", ["", "6201", "6201000", "ukendt"])
def test_what_is_no_industry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no industry code"):
        reading.industry(text)


def test_the_first_of_january_2025_divides_the_classifications() -> None:
    assert reading.classification(dt.date(2024, 12, 31)) is Classification.DB07
    assert reading.classification(dt.date(2025, 1, 1)) is Classification.DB25
    assert reading.classification(None) is None
