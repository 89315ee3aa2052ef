"""Who gets which events on the in-process bus: bindings in the store, which outlive the process as a broker's queues do.

Each service binds its own consumers when it starts, and any service's relay makes deliveries for all of them; what comes
while a service is away waits for it. A consumer that is gone for good goes on collecting until its binding is forgotten.

    NotBound    there is no such binding
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from registerbro.bus.port import Consumer, matches
from registerbro.bus.statements import SQL
from registerbro.database import Connection


class NotBound(Exception):
    """No consumer of that name is bound."""


@dataclasses.dataclass(frozen=True, slots=True)
class Binding:
    """A consumer and the AMQP topic patterns of what it gets."""

    consumer: str
    patterns: tuple[str, ...]

    def wants(self, routing_key: str) -> bool:
        """Whether a pattern takes the routing key."""
        return any(matches(pattern, routing_key) for pattern in self.patterns)


@dataclasses.dataclass(frozen=True, slots=True)
class Bound:
    """A binding with what waits for its consumer."""

    binding: Binding
    bound_at: dt.datetime
    waiting: int


async def bind(connection: Connection, consumers: Iterable[Consumer]) -> None:
    """Binds consumers, in one transaction; the patterns of one that was bound before are replaced."""
    async with connection.transaction():
        for consumer in sorted(consumers, key=lambda each: each.name):  # no two services wait for each other
            await SQL.bind(connection, consumer=consumer.name, patterns=list(consumer.patterns))


async def bindings(connection: Connection) -> Sequence[Binding]:
    """All bindings that are committed now."""
    return [Binding(row["consumer"], tuple(row["patterns"])) async for row in SQL.bindings(connection)]


async def bindings_with_backlog(connection: Connection) -> Sequence[Bound]:
    """All bindings, and how many events wait for each consumer."""
    return [
        Bound(Binding(row["consumer"], tuple(row["patterns"])), row["bound_at"], row["waiting"])
        async for row in SQL.bindings_with_backlog(connection)
    ]


async def forget_binding(connection: Connection, consumer: str) -> int:
    """Ends a binding and drops what waits for its consumer; returns how many events that was. Raises ``NotBound``.

    For consumers that are gone: one that still runs gets nothing more until its service starts anew.
    """
    async with connection.transaction():
        await SQL.lock_bindings(connection)
        if await SQL.unbind(connection, consumer=consumer) is None:
            raise NotBound
        return int(await SQL.drop_deliveries(connection, consumer=consumer))
