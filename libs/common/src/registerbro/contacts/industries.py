"""What becomes of a contact's industries when a source delivers all of them, or the main one alone.

They stand in three labels of one length and order (``INDUSTRY_LABELS``): codes, their texts, and the classifications that the
codes belong to. A code without text or classification keeps those that are stored for the same code.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, TypeAlias

from registerbro.contacts.layers import INDUSTRIES
from registerbro.contacts.model import CLASSIFICATION, INDUSTRY_LABELS, MAIN_INDUSTRY, SECONDARY_INDUSTRIES

_Row: TypeAlias = tuple[
    str, str, str
]  # code (with a text behind it, where that is wished), text, classification
_NONE: _Row = ("", "", "")
KEYS = frozenset(f"info:{label}" for label in INDUSTRY_LABELS)


def merged(
    stored: Mapping[str, Sequence[str]], delivered: Mapping[str, Sequence[str]], parts: Set[str]
) -> dict[str, Any]:
    """A contact's labels with what is delivered: the main industry, the others, classifications, or several of them."""
    old, new = _rows(stored), _rows(delivered)
    main = (new if MAIN_INDUSTRY in parts else old)[:1] or [_NONE]
    others = (new if SECONDARY_INDUSTRIES in parts else old)[1:]
    known = {_code(row): row for row in reversed(old)}
    told = {_code(row): row[2] for row in reversed(new)} if CLASSIFICATION in parts else {}
    rows = [_filled(row, known.get(_code(row), _NONE), told.get(_code(row), "")) for row in (*main, *others)]
    labels = {label: _trimmed(row[place] for row in rows) for place, label in enumerate(INDUSTRY_LABELS)}
    kept = {label: values for label, values in stored.items() if label not in labels}
    return kept | {label: values for label, values in labels.items() if values}


def kept(hand_edited: Set[str]) -> Set[str]:
    """What a source may not touch where one of the three labels was changed by hand: they would not fit any more."""
    return set() if KEYS.isdisjoint(hand_edited) else {f"industries:{part}" for part in INDUSTRIES}


def _rows(labels: Mapping[str, Sequence[str]]) -> list[_Row]:
    values = (labels.get(label, ()) for label in INDUSTRY_LABELS)
    return [(code, text, label) for code, text, label in itertools.zip_longest(*values, fillvalue="")]


def _code(row: _Row) -> str:
    return row[0].partition(" ")[0]


def _filled(row: _Row, known: _Row, classification: str) -> _Row:
    code, text, _ = row
    return (
        (code, text, classification or known[2])
        if text
        else (known[0] or code, known[1], classification or known[2])
    )


def _trimmed(values: Iterable[str]) -> list[str]:
    """Without what is empty at the end; within, an empty value keeps the place of what is not known."""
    found = list(values)
    while found and not found[-1]:
        found.pop()
    return found
