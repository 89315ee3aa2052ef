"""What a comparison implies of indexed columns; added to it, so that the index finds the rows. It never decides by itself."""

from console.odata.binding import Row
from console.odata.edm import Shortcut
from console.odata.terms import Term

LAST = chr(0x10FFFF)


def for_equality(term: Term, wanted: object) -> list[str]:
    """What follows from a property being equal to a text, or to one of several (a list)."""
    texts = wanted if isinstance(wanted, list) else [wanted]
    found = _shortcut(term, texts)
    if found is None:
        return []
    row, shortcut = found
    is_numbered = bool(shortcut.equals) and not term.is_folded
    column = row.sql(shortcut.folded if term.is_folded else shortcut.column)
    if not is_numbered and (not column or "" in texts):
        return []
    value = (
        f"any({row.binder.bind(texts, 'text[]')})"
        if isinstance(wanted, list)
        else row.binder.bind(wanted, "text")
    )
    if is_numbered:
        return [shortcut.equals.format(t=row.alias, value=value)]
    return [f"{column} = {value}", *_given(row, shortcut)]


def for_beginning(term: Term, beginning: object) -> list[str]:
    """What follows from a property beginning with a text."""
    found = _shortcut(term, [beginning])
    if found is None or not beginning:
        return []
    row, shortcut = found
    column = row.sql(shortcut.folded if term.is_folded else shortcut.column)
    if not column:
        return []
    at_least, below = (">=", "<") if term.is_folded else ("~>=~", "~<~")
    implied = [f"{column} {at_least} {row.binder.bind(beginning, 'text')}"]
    if end := following(str(beginning)):
        implied.append(f"{column} {below} {row.binder.bind(end, 'text')}")
    return [*implied, *_given(row, shortcut)]


def following(beginning: str) -> str:
    """The first text, by code points, after all that begin so; none after the very last."""
    kept = beginning.rstrip(LAST)
    if not kept:
        return ""
    last = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last)


def _shortcut(term: Term, texts: list[object]) -> tuple[Row, Shortcut] | None:
    if term.of is None or term.of[1].shortcut is None or not all(isinstance(each, str) for each in texts):
        return None
    row, prop = term.of
    shortcut = prop.shortcut
    if shortcut is None or any(_may_be_rendered(str(each), shortcut, term) for each in texts):
        return None
    return row, shortcut


def _may_be_rendered(text: str, shortcut: Shortcut, term: Term) -> bool:
    beginnings = (each.lower() if term.is_folded else each for each in shortcut.unless)
    return any(text.startswith(each) or each.startswith(text) for each in beginnings)


def _given(row: Row, shortcut: Shortcut) -> list[str]:
    return [row.sql(shortcut.given)] if shortcut.given else []
