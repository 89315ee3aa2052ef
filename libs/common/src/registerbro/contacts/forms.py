"""The company form: a code, and beside it a text that not every source delivers and that goes with the code."""

from collections.abc import Mapping, Set
from typing import Any

from registerbro.contacts.model import FORM_CODE_LABEL, FORM_LABEL

LABELS = frozenset({FORM_LABEL, FORM_CODE_LABEL})
_KEYS = frozenset(f"info:{label}" for label in LABELS)


def fitting(
    info: dict[str, Any], stored: Mapping[str, Any], delivered: Mapping[str, Any], scope: Set[str]
) -> dict[str, Any]:
    """The labels after a delivery of one of the two alone, without a text that belongs to another code."""
    if scope >= LABELS:
        return info
    said = delivered if FORM_LABEL in scope else stored  # where the text comes from
    if said.get(FORM_CODE_LABEL) == info.get(FORM_CODE_LABEL):
        return info
    others = {label: values for label, values in info.items() if label != FORM_LABEL}
    return others | ({FORM_LABEL: stored[FORM_LABEL]} if FORM_LABEL in scope and FORM_LABEL in stored else {})


def kept(hand_edited: Set[str]) -> Set[str]:
    """What a source may not touch where one of the two was changed by hand."""
    return set() if _KEYS.isdisjoint(hand_edited) else set(_KEYS)
