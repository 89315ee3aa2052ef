"""Which delivery each part of a contact comes from: the greatest one that speaks of it, in whatever order they arrive.

A delivery is ranked by (about a number in use, register time, number). Usually one delivery speaks of everything, and the
contact has one layer. Where a later one speaks of less (a rejected record, a smaller agreement), the earlier one stays
below it as the layer of what only it spoke of.
"""

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from registerbro.contacts.model import (
    ADDRESS_COLUMNS,
    CLASSIFICATION,
    MAIN_INDUSTRY,
    SECONDARY_INDUSTRIES,
    RegisterTime,
)

COLUMNS = ("name1", "name2", "text", "position", "start_date", "end_date")
INDUSTRIES = frozenset({MAIN_INDUSTRY, SECONDARY_INDUSTRIES, CLASSIFICATION})


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """What a delivery speaks of: ``MappedContact.delivers``, sorted by kind."""

    scope_id: int
    keys: frozenset[str]
    columns: tuple[str, ...]
    info: frozenset[str]
    dates: frozenset[str]
    addresses: tuple[str, ...]  # types of which it speaks as a whole
    roles: frozenset[str]
    protections: bool
    address_columns: tuple[tuple[str, frozenset[str]], ...] = ()  # types of which it speaks in part
    industries: frozenset[str] = frozenset()


class UnknownKeys(ValueError):
    """A delivery claims to speak of something that the store does not have; carries the keys."""


@functools.lru_cache(maxsize=4096)
def scope_of(keys: frozenset[str]) -> Scope:
    """The scope with these keys; raises ``UnknownKeys``."""
    kinds: dict[str, list[str]] = {"info": [], "date": [], "address": [], "reference": [], "industries": []}
    columns = tuple(column for column in COLUMNS if column in keys)
    unknown = []
    for key in sorted(keys - set(columns) - {"protections"}):
        kind, _, label = key.partition(":")
        if label and kind in kinds and _is_known(kind, label):
            kinds[kind].append(label)
        else:
            unknown.append(key)
    if unknown:
        raise UnknownKeys(*unknown)
    return Scope(
        scope_id=_hash(keys),
        keys=keys,
        columns=columns,
        info=frozenset(kinds["info"]),
        dates=frozenset(kinds["date"]),
        addresses=tuple(each for each in kinds["address"] if "." not in each),
        roles=frozenset(kinds["reference"]),
        protections="protections" in keys,
        address_columns=_in_part(kinds["address"]),
        industries=frozenset(kinds["industries"]),
    )


def _in_part(labels: Iterable[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    columns: dict[str, set[str]] = {}
    for address_type, dot, column in (label.partition(".") for label in labels):
        if dot:
            columns.setdefault(address_type, set()).add(column)
    return tuple((address_type, frozenset(found)) for address_type, found in columns.items())


def _is_known(kind: str, label: str) -> bool:
    if kind == "address":
        _, dot, column = label.partition(".")
        return not dot or column in ADDRESS_COLUMNS
    return kind != "industries" or label in INDUSTRIES


def _hash(keys: frozenset[str]) -> int:
    digest = hashlib.blake2b("\n".join(sorted(keys)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class Rank(NamedTuple):
    """What decides between two deliveries; the number only where one file has two numbers of one person."""

    is_full: bool
    time: RegisterTime
    number: str


class Layer(NamedTuple):
    """A delivery and what it spoke of."""

    rank: Rank
    scope: Scope


Layers: TypeAlias = tuple[
    Layer, ...
]  # greatest first; each speaks of something that none before it speaks of


def newer_part(layers: Layers, layer: Layer) -> Scope | None:
    """What the delivery speaks of that no delivery of its rank or above does; None if that is nothing."""
    if not layers or layers[0].rank < layer.rank:
        return layer.scope if layer.scope.keys else None
    keys = layer.scope.keys
    for above in layers:
        if above.rank < layer.rank:
            break
        if above.scope is layer.scope:
            return None
        keys = keys - above.scope.keys
    return scope_of(keys) if keys else None


def with_layer(layers: Layers, layer: Layer) -> Layers:
    """The layers with one more, without those that now speak of nothing of their own."""
    if not layers or (layers[0].rank < layer.rank and layers[0].scope is layer.scope and len(layers) == 1):
        return (layer,)
    return tuple(_needed(sorted((layer, *layers), key=lambda each: each.rank, reverse=True)))


def _needed(layers: Iterable[Layer]) -> Iterator[Layer]:
    spoken: frozenset[str] = frozenset()
    for layer in layers:
        if not layer.scope.keys <= spoken:
            yield layer
            spoken |= layer.scope.keys


def to_stored(layers: Layers) -> list[dict[str, Any]] | None:
    """The layers below the first, as ``source_record.older`` keeps them."""
    return [
        {
            "is_full": layer.rank.is_full,
            "time": layer.rank.time.key,
            "number": layer.rank.number,
            "keys": sorted(layer.scope.keys),
        }
        for layer in layers[1:]
    ] or None


def from_stored(stored: list[dict[str, Any]] | None) -> Layers:
    """What ``to_stored`` made."""
    return tuple(
        Layer(
            Rank(entry["is_full"], RegisterTime.from_key(entry["time"]), entry["number"]),
            scope_of(frozenset(entry["keys"])),
        )
        for entry in stored or ()
    )
