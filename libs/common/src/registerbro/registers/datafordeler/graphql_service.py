"""Questions to the GraphQL service: one operation, its errors as ours, and all pages of an entity's rows.

Errors arrive with HTTP 200, beside data that are null or half: where there is an error, nothing of the answer is used.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from registerbro.cvr import reading
from registerbro.registers.calling import Caller
from registerbro.registers.datafordeler.entities import LIST_SIZE, Entity, Key
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.together import for_each
from registerbro.registers.errors import CallRefused, Refused, RegisterError, RegisterUnavailable

_MOMENTARY = "DAF-AUTH-0005"  # a refusal without reason, gone when asked again
_ACCESS = "DAF-AUTH-"
_TRIES = 3
_CODE = re.compile(r"[A-Z]{2,8}[A-Z0-9-]{1,30}")
_ROOT = re.compile(r"(CVR|DAF)_[A-Za-z_]{1,40}")


class _RefusedForTheMoment(RegisterUnavailable):
    """What is worth asking again at once."""


class GraphqlService:
    """Asks the service; ``caller`` calls its end point, whose version stands in the address."""

    def __init__(self, caller: Caller, *, at_once: int) -> None:
        self._caller = caller
        self.at_once = at_once

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Node:
        """The data that answer an operation with one root field."""
        for _ in range(_TRIES - 1):
            try:
                return await self._once(query, variables or {})
            except _RefusedForTheMoment:
                continue
        return await self._once(query, variables or {})

    async def _once(self, query: str, variables: Mapping[str, Any]) -> Node:
        answer = await self._caller.call("POST", "", json={"query": query, "variables": dict(variables)})
        body = Node(answer.json())
        for error in body.get("errors").items():
            raise _problem(error, answer.status)
        if answer.status >= 400:
            text = "the register refused the question; is the version in graphql_url right?"
            raise Refused(text, code=str(answer.status), status=answer.status)
        return body.get("data")

    async def rows(
        self, entity: Entity, key: Key, values: Sequence[str | int], at: dt.datetime | None
    ) -> list[Node]:
        """All rows of an entity whose key is among the values: in force at a moment, or with the past and future ones."""
        unique = list(dict.fromkeys(values))
        batches = [unique[start : start + LIST_SIZE] for start in range(0, len(unique), LIST_SIZE)]

        async def of_batch(keys: Sequence[str | int]) -> list[Node]:
            return await self._pages(entity, key, keys, at)

        return [row for rows in await for_each(of_batch, batches, at_once=self.at_once) for row in rows]

    async def _pages(
        self, entity: Entity, key: Key, keys: Sequence[str | int], at: dt.datetime | None
    ) -> list[Node]:
        rows: list[Node] = []
        variables: dict[str, Any] = {"keys": list(keys)}
        if at is not None:
            variables["at"] = virkningstid(at)
        after: str | None = None
        while True:
            query = entity.question(key, is_dated=at is not None, is_continued=after is not None)
            connection = (await self.ask(query, variables)).get(entity.name)
            rows.extend(nodes_of(connection))
            if (following := next_page(connection, after)) is None:
                return rows
            variables["after"] = after = following


def nodes_of(connection: Node) -> list[Node]:
    """The rows of a page; that there are none is said by an empty list."""
    nodes = connection.get("nodes")
    if not isinstance(nodes.value, list):
        raise nodes.unusable("is no list")
    return list(nodes.items())


def has_next(connection: Node) -> bool:
    """Whether there is a further page."""
    more = connection.get("pageInfo").get("hasNextPage")
    if (known := more.boolean()) is None:
        raise more.unusable("is missing")
    return known


def next_page(connection: Node, current: str | None) -> str | None:
    """The cursor to go on from, None at the end. A page is never silently the last one."""
    if not has_next(connection):
        return None
    cursor = connection.get("pageInfo").get("endCursor")
    if cursor.required_text() == current:
        raise cursor.unusable("leads nowhere")
    return cursor.text()


def virkningstid(moment: dt.datetime) -> str:
    """A moment as the service wants it, with Denmark's offset: its days are Danish."""
    return moment.astimezone(reading.DENMARK).isoformat(timespec="microseconds")


def _problem(error: Node, status: int) -> RegisterError:
    """An error of the service as ours; its code is repeated where it looks like one, its text never: it may name numbers."""
    code = error.get("extensions").get("code").text()
    code = code if _CODE.fullmatch(code) else "no code"
    if code == _MOMENTARY:
        return _RefusedForTheMoment(f"the register refused the question for the moment ({code})")
    if code.startswith(_ACCESS):
        return CallRefused(f"the register refused access{_place(error)} ({code})", status=status)
    return Refused(f"the register answered with an error{_place(error)} ({code})", code=code, status=status)


def _place(error: Node) -> str:
    root = next(error.get("path").items(), Node(None)).text()
    return f" for {root}" if _ROOT.fullmatch(root) else ""
