"""What the adapters call a provider through: one HTTP call, its answer, and everything that can go wrong as our errors."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from registerbro.registers.errors import NotJson


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a status that means something to the adapter: 2xx, 400 or 404."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """What the body says; a byte order mark is allowed, and letters in ISO 8859-1. Raises ``NotJson``."""
        text = _decoded(self.content)
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            raise NotJson(
                f"the register answered {self.status} with {_kind(text)} in place of JSON"
            ) from None


class Caller(Protocol):
    """Sends calls to one provider: with its credentials, within its limits, again where that makes sense."""

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """The answer to a call; ``path`` is below the provider's base address.

        Raises ``RegisterUnavailable``, ``AccessRefused``; other statuses than those of ``Answer`` are among them.
        """


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


def _kind(text: str) -> str:
    start = text.lstrip()[:15].lower()
    if not start:
        return "nothing"
    if start.startswith(("<!doctype html", "<html")):
        return "an HTML page"
    return "a text that breaks off" if start[0] in "{[" else "a text"
