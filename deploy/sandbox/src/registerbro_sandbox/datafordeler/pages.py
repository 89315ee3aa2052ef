"""Pages of a connection: cursors as the register's own, which hold the key of the row that they stand for."""

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

from registerbro_sandbox.datafordeler.entities import LONGEST_PAGE
from registerbro_sandbox.datafordeler.errors import Rejected
from registerbro_sandbox.datafordeler.register import Row
from registerbro_sandbox.datafordeler.schema import stamp

Key: TypeAlias = tuple[str, ...]


def length(first: int | None) -> int:
    """How many rows a page has. Raises ``Rejected`` if more are asked for than a page may have."""
    if first is None:
        return LONGEST_PAGE
    if not 0 <= first <= LONGEST_PAGE:
        raise Rejected("HC0051", f"The maximum allowed items per page are {LONGEST_PAGE}.")
    return first


def cursor(key: Key) -> str:
    """The cursor of a row's key."""
    return _encoded(";".join(_encoded(part) for part in key))


def key_in(after: str) -> Key:
    """The key in a cursor. Raises ``Rejected`` if there is none."""
    try:
        return tuple(_decoded(part) for part in _decoded(after).split(";"))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Rejected("HC0078", "The cursor specified in `after` has an invalid format.") from None


def row_key(row: Row) -> Key:
    """What rows of an entity are sorted by: unit, sequence, times, and the row itself."""
    parts = [row.get("CVREnhedsId") or row["id"]]
    if row.get("sekvens") is not None:
        parts.append(f"{row['sekvens']:04}")
    if "virkningFra" in row:
        parts += [stamp(row["registreringFra"]), dt.date.isoformat(row["virkningFra"])]
    return (*parts, row["datafordelerRowId"])


def page(rows: Iterable[Row], size: int, key: Callable[[Row], Key]) -> dict[str, Any]:
    """A connection that shows the first rows; as at the register, it never admits to a previous page."""
    shown = list(islice(rows, size + 1))
    nodes: Sequence[Row] = shown[:size]
    return {
        "nodes": nodes,
        "edges": lambda _info: [{"cursor": cursor(key(node)), "node": node} for node in nodes],
        "pageInfo": {
            "hasNextPage": len(shown) > size,
            "hasPreviousPage": False,
            "startCursor": cursor(key(nodes[0])) if nodes else None,
            "endCursor": cursor(key(nodes[-1])) if nodes else None,
        },
    }


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()
