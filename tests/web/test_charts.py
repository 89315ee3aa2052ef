"""Charts: what is drawn stands for the values, whatever they are, and never leaves its frame."""

import datetime as dt
import re

import pytest
from console.web.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, chart, scale_end
from console.web.languages import Language
from hypothesis import given
from hypothesis import strategies as st

START = dt.datetime(2026, 6, 1, 12, 0, tzinfo=dt.UTC)
VALUES = st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=101)


def drawn(values: list[int | None], *, is_line: bool, language: Language = Language.ENGLISH) -> Chart:
    starts = [START + place * dt.timedelta(minutes=5) for place in range(len(values))]
    return chart(starts, values, is_line=is_line, locale=language.locale)


@given(VALUES)
def test_bars_are_as_high_as_their_values_and_stay_within_the_frame(values: list[int | None]) -> None:
    found = drawn(values, is_line=False)
    heights = [value for value in values if value]
    assert len(found.bars) == len(heights)
    room = HEIGHT - BOTTOM - TOP
    end = scale_end(max(heights, default=1))
    for bar, value in zip(found.bars, heights, strict=True):
        assert bar.height == pytest.approx(room * value / end, abs=0.02)
        assert bar.y + bar.height == pytest.approx(HEIGHT - BOTTOM, abs=0.02)
        assert LEFT <= bar.x <= bar.x + bar.width <= WIDTH - RIGHT
    assert found.total == sum(heights)
    assert (found.peak is None) == (not heights)


@given(VALUES)
def test_a_line_is_broken_where_nobody_looked(values: list[int | None]) -> None:
    found = drawn(values, is_line=True)
    stretches = re.findall("K+", "".join("-" if value is None else "K" for value in values))
    assert len(found.paths) == len(stretches)
    for path, stretch in zip(found.paths, stretches, strict=True):
        points = [tuple(map(float, each.split())) for each in re.split("[ML]", path)[1:]]
        assert len(points) == max(len(stretch), 2), "one point is a line, too"
        assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in points)
    known = [value for value in values if value is not None]
    assert found.latest == (known[-1] if known else None)


@pytest.mark.parametrize(("greatest", "end"), [(1, 1), (3, 5), (7, 10), (21, 25), (101, 200), (250, 250), (10**9, 10**9)])  # fmt: skip
def test_the_scale_ends_at_a_round_number(greatest: int, end: int) -> None:
    assert scale_end(greatest) == end


def test_times_and_numbers_are_written_as_danes_do() -> None:
    found = drawn([0, 12_000, None, 3], is_line=False, language=Language.DANISH)
    assert [label.text for label in found.times] == ["14:00", "14:05", "14:10", "14:15"]
    assert [label.text for label in found.heights] == ["0", "10\xa0t", "20\xa0t"]
    assert found.peak
    assert (found.peak.value, found.peak.at) == (12_000, "1. jun. 14:05")
    week = [START + day * dt.timedelta(days=1) for day in range(8)]
    long = chart(week, [1] * 8, is_line=True, locale=Language.ENGLISH.locale)
    assert [label.text for label in long.times] == ["1 Jun", "3 Jun", "5 Jun", "7 Jun"]
