"""An export as a PDF that a citizen can read: Danish headings, one line a fact, pages numbered.

Noto Sans covers what names in Denmark, Greenland and Europe are written with, Noto Sans Arabic the letters of Arabic; HarfBuzz
joins them and turns their direction. A character that neither has, as an emoji, is written as its code, ``[U+1F600]``.
"""

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
from fontTools.ttLib import TTFont
from fpdf import FPDF, XPos, YPos

from console.contacts.export import Export
from console.contacts.sections import FIELDS, SECTIONS, VALUES

DENMARK = ZoneInfo("Europe/Copenhagen")
TITLE = "Indsigt i registrerede oplysninger"
INTRODUCTION = (
    "Her står alt, hvad der er registreret om dig, og hvem der har slået det op eller modtaget det. Andre personers numre er "
    "skjult, og navne på personer med navne- og adressebeskyttelse er udeladt. Tidspunkter er dansk tid."
)
NOTHING = "Ingen oplysninger."
EMPTY = "intet"
_FONT, _ARABIC = "noto", "arabic"
_INDENT = 4  # millimetres a level
HEADING, SUBHEADING, FACT = 18, 6, 4.5  # heights in millimetres; the first with a subheading below


def render(export: Export) -> bytes:
    """The document. Takes a moment: call it in a thread."""
    document = _Document()
    document.begin(export.created_at)
    for section, heading in SECTIONS.items():
        document.heading(heading)
        rows = export.sections[section]
        if not rows:
            document.fact(NOTHING)
        for number, row in enumerate(rows, 1):
            if len(rows) > 1:
                document.subheading(f"{number}.")
            for level, text in _lines(row):
                document.fact(text, level)
    return bytes(document.output())


class _Document(FPDF):
    def __init__(self) -> None:
        super().__init__(format="A4")
        for family, path in _fonts().items():
            self.add_font(family, fname=path)
        self.set_fallback_fonts([_ARABIC])
        self.set_text_shaping(use_shaping_engine=True)
        self.set_auto_page_break(auto=True, margin=18)
        self.set_title(TITLE)
        self.set_lang("da-DK")

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FONT, size=8)
        self.set_text_color(0)  # a page may end within a heading
        self.cell(0, 6, f"{TITLE} · side {self.page_no()} af {{nb}}", align="C")

    def begin(self, created_at: dt.datetime) -> None:
        self.add_page()
        self._write(TITLE, 18, 10)
        self._write(f"Udskrevet {_moment(created_at)}", 9, 5)
        self._write(INTRODUCTION, 9, 5)

    def heading(self, text: str) -> None:
        self._keep_together(HEADING + FACT)
        self.ln(4)
        self.set_text_color(0, 60, 110)
        self.start_section(text)
        self._write(text, 13, 8)
        self.set_text_color(0)

    def subheading(self, text: str) -> None:
        self._keep_together(SUBHEADING + FACT)
        self._write(text, 10, SUBHEADING)

    def fact(self, text: str, level: int = 0) -> None:
        self._write(text, 9, FACT, level)

    def _keep_together(self, height: float) -> None:
        """Begins a page where a heading would stand alone at the foot of this one."""
        if self.will_page_break(height):
            self.add_page()

    def _write(self, text: str, size: float, height: float, level: int = 0) -> None:
        self.set_font(_FONT, size=size)
        self.set_x(self.l_margin + level * _INDENT)
        self.multi_cell(0, height, _printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _lines(value: Mapping[str, Any], level: int = 0) -> Iterator[tuple[int, str]]:
    """Facts that say something, as label and value; what holds further ones stands above them."""
    for name, entry in value.items():
        if entry in (None, "", [], {}):
            continue
        label = FIELDS.get(name, name)
        match entry:
            case dict():
                yield level, f"{label}:"
                yield from [*_lines(entry, level + 1)] or [(level + 1, EMPTY)]
            case list() if any(isinstance(each, dict) for each in entry):
                yield level, f"{label}:"
                for each in entry:
                    yield from _entry_lines(each, level + 1)
            case _:
                yield level, f"{label}: {_plain(_in_danish(name, entry))}"


def _entry_lines(entry: Any, level: int) -> Iterator[tuple[int, str]]:
    if not isinstance(entry, dict):
        yield level, _plain(entry)
    elif "precision" in entry and "value" in entry:
        yield level, _date(entry)
    elif "fields" in entry and "type" in entry:
        yield from _record_lines(entry, level)
    else:
        yield from _lines(entry, level)


def _record_lines(record: Mapping[str, Any], level: int) -> Iterator[tuple[int, str]]:
    yield level, f"{record['type']} {record['name']}"
    for field in record["fields"]:
        meaning = f" ({field['danish_text']})" if field["danish_text"] else ""
        doubt = " (usikker)" if field["uncertain"] else ""
        yield level + 1, f"{field['danish']}: {field['value']}{meaning}{doubt}"


def _in_danish(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_in_danish(name, each) for each in value]
    return VALUES.get(name, {}).get(value, value) if isinstance(value, str) else value


def _date(entry: Mapping[str, Any]) -> str:
    return f"{entry['value']}{' (usikker)' if entry.get('uncertain') else ''}"


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "ja" if value else "nej"
        case dt.datetime():
            return _moment(value)
        case list():
            return ", ".join(map(_plain, value))
        case _:
            return str(value)


def _moment(value: dt.datetime) -> str:
    return f"{value.astimezone(DENMARK):%d.%m.%Y kl. %H:%M:%S}"


@functools.cache
def _fonts() -> Mapping[str, Path]:
    return {
        _FONT: fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf",
        _ARABIC: fontpkg_noto_sans_arabic.ROOT / "files" / "NotoSansArabic[wdth,wght].ttf",
    }


@functools.cache
def _characters() -> frozenset[int]:
    """What the fonts have a form for."""
    found: set[int] = set()
    for path in _fonts().values():
        with TTFont(path, lazy=True) as font:
            found |= font.getBestCmap().keys()
    return frozenset(found)


def _printable(text: str) -> str:
    known = _characters()
    return "".join(mark if ord(mark) in known else f"[U+{ord(mark):04X}]" for mark in text)
