"""Texts as CVR's providers deliver them, made fit for the store."""

import re

_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
)  # what no register means, and the store does not take


def plain(text: str) -> str:
    """The text on one line, without blanks around it; otherwise as delivered."""
    return _UNSEEN.sub(" ", text).strip()
