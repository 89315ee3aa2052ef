"""What a call over HTTP says beside its query: in which form it wants the answer, and how long pages may be."""

import dataclasses
import re
from urllib.parse import parse_qsl, unquote

from registerbro.privacy import is_suspect

from console.odata import limits
from console.odata.reading import SKIPTOKEN
from console.odata.refusals import FormatNotServed, NumberInUrl, QueryMalformed

FORMAT = "$format"
_JSON = frozenset({"application/json", "application/*", "*/*", "json"})
_PAGE_SIZE = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*\"?(\d{1,9})", re.ASCII | re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """How an answer is written."""

    has_control: bool = True

    @property
    def media_type(self) -> str:
        """What stands in ``Content-Type``."""
        return f"application/json;odata.metadata={'minimal' if self.has_control else 'none'}"


def options(path: str, query: bytes) -> dict[str, str]:
    """The options of a URL; ``NumberInUrl`` before anything else of it is looked at."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if any(
        is_suspect(unquote(text))
        for text in (path, *(f"{name}={value}" for name, value in pairs if name != SKIPTOKEN))
    ):
        raise NumberInUrl
    found = dict(pairs)
    if len(found) < len(pairs):
        raise QueryMalformed("the query", "gives an option twice")
    return found


def form(accept: str) -> Form:
    """The form that a client accepts, from ``Accept`` or ``$format``; ``FormatNotServed`` if it is none of ours."""
    for part in accept.split(","):
        kind, *rest = (text.strip().lower() for text in part.split(";"))
        if kind in _JSON and (found := _form(rest)):
            return found
    raise FormatNotServed


def page_size(prefer: str) -> int | None:
    """The length of pages that a client prefers, as far as it may."""
    found = _PAGE_SIZE.search(prefer)
    return min(int(found[1]), limits.PAGE) or None if found else None


def _form(parameters: list[str]) -> Form | None:
    said = {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in parameters)}
    metadata = said.get("odata.metadata", said.get("metadata", "minimal"))
    if metadata not in ("minimal", "none") or said.get("ieee754compatible") == "true":
        return None
    return Form(has_control=metadata == "minimal")
