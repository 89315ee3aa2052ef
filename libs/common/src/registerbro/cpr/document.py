"""Writes the reference page of the record layouts, from the tables that reader and writer use.

python -m registerbro.cpr.document > docs/cpr-records.md
"""

import sys
from collections.abc import Iterator

from registerbro.cpr.layouts import LAYOUTS, Codes, Field, RecordLayout, codes

_CODE_TABLES = {
    "Status": codes.STATUS,
    "Sex": codes.SEX,
    "Civil status": codes.CIVIL_STATUS,
    "Church relation": codes.CHURCH,
    "Protection": codes.PROTECTION,
    "Custody holder": codes.CUSTODY_HOLDER,
    "Guardian": codes.GUARDIAN_GIVEN,
    "Remark on a name": codes.NAME_MARK,
    "Correction mark": codes.CORRECTION,
    "Event": codes.EVENT,
    "Derived mark": codes.DERIVED,
}
_HEAD = """# CPR records

The records of the 12170 family, as change extract, status extract and CPR Direkte deliver them. Positions are 1-based,
lengths in characters (ISO-8859-1, so bytes as well). This page is generated from the tables that reader and writer use:
`python -m registerbro.cpr.document > docs/cpr-records.md`.

Dates: `date` is YYYY-MM-DD, `compact date` YYYYMMDD, `timestamp` YYYYMMDDHHMM in Danish time. Zeros or blanks: not given;
zero day or month: only month or year known; minute 99: time of day not known. A field named `..._uncertain` marks the date
before it with `*`.
"""


def page() -> str:
    """The page in Markdown."""
    return "\n".join((_HEAD, "## Records", "", *_overview(), *_records(), "## Codes", "", *_codes()))


def _overview() -> Iterator[str]:
    yield "| Type | Danish name | English name | Length | Occurs |"
    yield "|---|---|---|---|---|"
    for layout in LAYOUTS.values():
        lengths = " or ".join(map(str, layout.lengths))
        yield f"| [{layout.type}](#{layout.type}) | {layout.danish_name} | {layout.english_name} | {lengths} | {layout.occurs} |"
    yield ""


def _records() -> Iterator[str]:
    for layout in LAYOUTS.values():
        yield f'<a id="{layout.type}"></a>\n'
        yield f"### {layout.type} {layout.danish_name} ({layout.english_name})\n"
        yield "| Position | Length | Name | Danish name | Kind | Meaning |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(layout, field) for field in layout.all_fields)
        yield ""


def _row(layout: RecordLayout, field: Field) -> str:
    variant = f" (in records of {layout.longest} only)" if field.start > layout.length else ""
    table = next((name for name, table in _CODE_TABLES.items() if table is field.codes), None)
    see = f"; codes: [{table}](#{_anchor(table)})" if table else ""
    return (
        f"| {field.start}-{field.end} | {field.length} | `{field.name}` | {field.danish} | {field.kind} "
        f"| {field.meaning}{variant}{see} |"
    )


def _codes() -> Iterator[str]:
    for name, table in _CODE_TABLES.items():
        yield f"### {name}\n"
        yield from _code_rows(table)
        yield ""


def _code_rows(table: Codes) -> Iterator[str]:
    yield "| Code | Danish | English |"
    yield "|---|---|---|"
    for code, text in table.items():
        yield f"| `{code}` | {text.danish} | {text.english} |"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(page())
