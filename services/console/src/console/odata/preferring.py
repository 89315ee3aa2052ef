"""What callers prefer: the format of an answer (``Accept``, ``$format``), and whether a batch goes on after an error."""

import re
from collections.abc import Sequence

import mimeparse

from console.odata.refusals import PROBLEMS, FormatNotServed

_CONTINUE = re.compile(
    r"(?:^|[,;\s])(?:odata\.)?continue-on-error(?:\s*=\s*\"?(true|false)\b)?", re.IGNORECASE
)


def best_format(offered: Sequence[str], accept: str) -> str:
    """The media type that a caller likes best of those offered, the last one first; ``format-not-served`` if none will do."""
    try:
        found = mimeparse.best_match(offered, accept)
    except mimeparse.MimeTypeParseException:
        found = ""
    if not found:
        raise PROBLEMS[FormatNotServed](f"It is to be had as {' or '.join(offered)}.")
    return str(found)


def stops_on_error(prefer: str) -> bool:
    """Whether a batch ends with the first error: only where the caller says so (OData JSON Format 4.01, 19.5)."""
    said = _CONTINUE.search(prefer)
    return said is not None and (said[1] or "").lower() == "false"
