"""Where reading a feed goes on, as text that says whose it is."""

from typing import Any

import orjson

from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.errors import PositionUnusable, RegisterError
from registerbro.registers.port import Provider


def encoded(provider: Provider, **facts: Any) -> str:
    """A position of a provider."""
    return orjson.dumps({"provider": provider, **facts}).decode()


def decoded(provider: Provider, position: str) -> Node:
    """The facts of a provider's own position. Raises ``PositionUnusable`` for any other text."""
    try:
        facts = Node(orjson.loads(position), "position")
        is_own = facts.get("provider").text() == provider
    except (orjson.JSONDecodeError, RegisterError):
        is_own = False
    if not is_own:
        raise PositionUnusable(f"the position to read on from is none of {provider}")
    return facts
