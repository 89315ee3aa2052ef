"""Whom a contact refers to, and who refers to it, as a small drawing: parents and guardians above, a spouse beside, children below.

Only where things stand is reckoned here; the template draws them. Lengths are in the drawing's own units.
"""

import dataclasses
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, ROW, BOX_WIDTH, BOX_HEIGHT, MARGIN, PER_ROW = 344, 84, 160, 44, 8, 2
MOST = 12  # shown at most
FONT, BOLD, PADDING = 13, 1.12, 6  # size of a name; how much wider bold letters are; between name and edge
NARROW, BROAD = frozenset("fijlrtI.,:;-'() "), frozenset("mwMW@%&")
ABOVE = frozenset({"Far", "Mor", "Værge", "Virksomhed"})
BESIDE = frozenset({"Ægtefælle"})


@dataclasses.dataclass(frozen=True, slots=True)
class Relation:
    """One reference: to a contact, or (``is_incoming``) from it."""

    role: str
    contact_id: int
    name: str
    is_incoming: bool = False
    start_date: str | None = None
    end_date: str | None = None
    number: str | None = None
    is_placeholder: bool = False
    is_protected: bool = False
    source: str | None = None  # None: made by hand

    @property
    def is_above(self) -> bool:
        """Whether it stands above the contact; what refers to the contact so stands below."""
        return self.role in ABOVE and not self.is_incoming


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """A contact in the drawing: the middle of its box."""

    x: float
    y: float
    name: str
    role: str = ""

    @property
    def left(self) -> float:
        """The left edge."""
        return self.x - BOX_WIDTH / 2

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - BOX_HEIGHT / 2


@dataclasses.dataclass(frozen=True, slots=True)
class Graph:
    """The drawing. Each of ``boxes`` has a line to the middle."""

    middle: Box
    boxes: Sequence[Box]
    height: float
    left_out: int
    width: float = WIDTH
    box_width: float = BOX_WIDTH
    box_height: float = BOX_HEIGHT


def relations(found: Sequence[Mapping[str, Any]], other: str, names: Mapping[int, str]) -> list[Relation]:
    """References as OData has them; ``other`` is the navigation that leads to the other one."""
    return [
        Relation(
            role=each["Role"],
            contact_id=each[other]["ContactId"],
            name=names[each[other]["ContactId"]],
            is_incoming=other == "Contact",
            start_date=each["StartDate"],
            end_date=each["EndDate"],
            number=each[other]["NameCode"],
            is_placeholder=each[other]["IsPlaceholder"],
            is_protected=each[other]["IsProtected"],
            source=each["Source"],
        )
        for each in found
    ]


def drawn(name: str, related: Sequence[Relation]) -> Graph:
    """Where everybody stands; one contact stands once, however often it is referred to."""
    once = list({each.contact_id: each for each in reversed(related)}.values())[::-1]
    shown = once[:MOST]
    above = [each for each in shown if each.is_above]
    beside = [each for each in shown if each.role in BESIDE][:1]
    below = [each for each in shown if each not in above and each not in beside]
    boxes = _rows(above, 0)
    level = _count(above)
    middle = Box(WIDTH / 4 if beside else WIDTH / 2, _y(level), _short(name, BOLD))
    boxes += [Box(WIDTH * 3 / 4, _y(level), _short(each.name), each.role) for each in beside]
    boxes += _rows(below, level + 1)
    height = _y(level + _count(below)) + BOX_HEIGHT / 2 + MARGIN
    return Graph(middle, boxes, height, left_out=len(once) - len(shown))


def _count(related: Sequence[Relation]) -> int:
    return -(-len(related) // PER_ROW)


def _rows(related: Sequence[Relation], first: int) -> list[Box]:
    boxes = []
    for begin in range(0, len(related), PER_ROW):
        row = related[begin : begin + PER_ROW]
        step = WIDTH / len(row)
        y = _y(first + begin // PER_ROW)
        boxes += [
            Box(step * (place + 0.5), y, _short(each.name), each.role) for place, each in enumerate(row)
        ]
    return boxes


def _y(level: int) -> float:
    return MARGIN + BOX_HEIGHT / 2 + level * ROW


def _short(name: str, weight: float = 1) -> str:
    """As much of a name as its box holds, whatever the letters: broad capitals, Chinese, pictures."""
    room = (BOX_WIDTH - 2 * PADDING) / FONT / weight
    shown = name
    while shown and _width(shown) > room - (_width("…") if shown != name else 0):
        shown = shown[:-1]
    return shown if shown == name else f"{shown.rstrip()}…"


def _width(text: str) -> float:
    """About how wide a text is, in font sizes, in the fonts of the page."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if letter in NARROW:
        return 0.4
    if letter in BROAD:
        return 1.0
    if unicodedata.east_asian_width(letter) in "WF" or unicodedata.category(letter) == "So":
        return 1.4
    return 0.72 if letter.isupper() else 0.62
