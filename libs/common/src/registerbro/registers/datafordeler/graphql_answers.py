"""Rows of the GraphQL service, gathered by unit, as the unit they make. Pure; ``FieldUnusable`` is the one error."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registerbro.cvr import reading
from registerbro.cvr.units import Unit, UnitKind
from registerbro.registers.datafordeler.assembling import as_records, unit_of
from registerbro.registers.datafordeler.entities import OWN, PARTS, Entity
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.sheets import (
    Sheet,
    TimedRow,
    Topic,
    addresses,
    timed,
)


def unit(kind: UnitKind, rows: Mapping[str, Sequence[Any]], asked_at: dt.datetime) -> Unit:
    """The unit that rows by entity tell of: all entities of its kind, each perhaps without a row."""
    topics = {entity.topic: topic_rows(entity, _nodes(entity, rows)) for entity in (OWN[kind], *PARTS[kind])}
    if not topics[Topic.ADDRESS]:  # its rows may just be replaced; a unit keeps its last address
        del topics[Topic.ADDRESS]
    return unit_of(Sheet(kind, topics), asked_at=asked_at, records=as_records(rows))


def topic_rows(entity: Entity, nodes: Sequence[Node]) -> list[TimedRow]:
    """An entity's rows with their days. Raises ``FieldUnusable``."""
    rows = [entity.whole(node) for node in nodes]
    return list(_addresses(rows)) if entity.topic is Topic.ADDRESS else timed(entity.topic, rows)


def _addresses(nodes: Sequence[Node]) -> Iterator[TimedRow]:
    """A usage that is not known tells nothing of where a unit lies."""
    for node in nodes:
        usage = node.get("AdresseringAnvendelse").required_text().lower()
        if usage in reading.ADDRESS_USAGES:
            yield from addresses(usage, [node])


def _nodes(entity: Entity, rows: Mapping[str, Sequence[Any]]) -> list[Node]:
    return list(Node(rows).told(entity.name).items())
