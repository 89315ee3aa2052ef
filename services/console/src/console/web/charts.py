"""Charts as geometry: series of values in equal parts of a time, laid out for an SVG that templates draw.

A chart says nothing that is not in a sentence beside it and in a table behind it.
"""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence

from babel import Locale, dates, numbers

from console.web.danish import DENMARK

WIDTH, HEIGHT = 320.0, 132.0
LEFT, RIGHT, TOP, BOTTOM = 38.0, 6.0, 10.0, 22.0  # margins, with the scale's texts
GAP = 0.18  # of a bar's place
LABELS = 4
LONG = dt.timedelta(hours=36)  # from here on days are named, not hours
NICE = (1, 2, 2.5, 5, 10)


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A part of the time; ``value`` above zero."""

    x: float
    y: float
    width: float
    height: float


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """A text of a scale, and where it stands."""

    x: float
    y: float
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Peak:
    """The greatest value, and the begin of the part that it was in."""

    value: int
    at: str  # as 26 Nov 14:15


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. ``bars`` or ``paths`` (a line for each stretch that has values); ``peak`` None: nothing but zeros, or nothing."""

    bars: Sequence[Bar]
    paths: Sequence[str]
    heights: Sequence[Label]  # of the scale on the left; a line at each
    times: Sequence[Label]
    total: int
    latest: int | None
    peak: Peak | None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT


def chart(
    starts: Sequence[dt.datetime], values: Sequence[int | None], *, is_line: bool, locale: Locale
) -> Chart:
    """Values of equal parts of a time as bars, or as a line; None: there is no value. Times are UTC, and shown as Danish clocks do."""
    known = [(value, at) for value, at in zip(values, starts, strict=True) if value is not None]
    greatest = max(known, key=lambda each: each[0], default=None)
    peak = (
        Peak(greatest[0], f"{_day(greatest[1], locale)} {_clock(greatest[1], locale)}")
        if greatest and greatest[0]
        else None
    )
    top = scale_end(peak.value if peak else 1)
    return Chart(
        bars=() if is_line else list(_bars(values, top)),
        paths=list(_paths(values, top)) if is_line else (),
        heights=list(_heights(top, locale)),
        times=list(_times(starts, locale)),
        total=sum(value for value, _ in known),
        latest=known[-1][0] if known else None,
        peak=peak,
    )


def scale_end(greatest: int) -> int:
    """The end of the scale: a round number that is not smaller."""
    power = 10 ** (len(str(greatest)) - 1)
    return next(int(each * power) for each in NICE if each * power >= greatest and (each * power) % 1 == 0)


def _bars(values: Sequence[int | None], top: int) -> Iterator[Bar]:
    step = _step(values)
    for place, value in enumerate(values):
        if value:
            y = _y(value, top)
            yield Bar(
                round(LEFT + step * (place + GAP / 2), 2),
                y,
                round(step * (1 - GAP), 2),
                round(_floor() - y, 2),
            )


def _paths(values: Sequence[int | None], top: int) -> Iterator[str]:
    step = _step(values)
    points = [(LEFT + step * (place + 0.5), value) for place, value in enumerate(values)]
    for is_known, stretch in itertools.groupby(points, key=lambda each: each[1] is not None):
        if is_known:
            drawn = [f"{x:.1f} {_y(value or 0, top)}" for x, value in stretch]
            yield f"M{drawn[0]}" + "".join(f"L{each}" for each in drawn[1:] or [drawn[0]])


def _heights(top: int, locale: Locale) -> Iterator[Label]:
    for value in (0, top) if top % 2 else (0, top // 2, top):
        text = numbers.format_compact_decimal(value, locale=locale, fraction_digits=1)
        yield Label(LEFT - 5, _y(value, top), text)


def _times(starts: Sequence[dt.datetime], locale: Locale) -> Iterator[Label]:
    if not starts:
        return
    is_long = starts[-1] - starts[0] > LONG
    for number in range(LABELS):
        place = number * len(starts) // LABELS
        at = starts[place]
        text = (_day if is_long else _clock)(at, locale)
        yield Label(round(LEFT + _step(starts) * place, 2), HEIGHT - 6, text)


def _day(moment: dt.datetime, locale: Locale) -> str:
    return str(dates.format_skeleton("MMMd", moment, tzinfo=DENMARK, locale=locale))


def _clock(moment: dt.datetime, locale: Locale) -> str:
    return str(dates.format_time(moment, "HH:mm", tzinfo=DENMARK, locale=locale))


def _step(parts: Sequence[object]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(len(parts), 1)


def _y(value: int, top: int) -> float:
    return round(_floor() - value / top * (_floor() - TOP), 2)


def _floor() -> float:
    return HEIGHT - BOTTOM
