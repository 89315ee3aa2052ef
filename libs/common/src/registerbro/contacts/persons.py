"""Which deliveries of a chunk, and which contacts of the store, are about one and the same person or company."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from registerbro.contacts.model import MappedContact

NumberKey: TypeAlias = tuple[str, str]  # name type and number
Node: TypeAlias = int | NumberKey


@dataclasses.dataclass(slots=True, repr=False)
class Subject:
    """One person or company: its deliveries with their places in the chunk, and the contacts it has so far."""

    name_type: str
    deliveries: list[tuple[int, MappedContact]] = dataclasses.field(default_factory=list)
    contact_ids: list[int] = dataclasses.field(default_factory=list)

    def mentioned(self) -> set[str]:
        """Every number that a delivery gives the subject."""
        return {number for _, mapped in self.deliveries for number in own_numbers(mapped)}


def own_numbers(mapped: MappedContact) -> tuple[str, ...]:
    """The numbers that the delivery is about: its own, the current one if that is another, and former ones."""
    if mapped.current_number is None:
        return (mapped.number, *mapped.former_numbers)
    return (mapped.number, mapped.current_number, *mapped.former_numbers)


def subjects(chunk: Sequence[MappedContact], known: Mapping[NumberKey, int]) -> list[Subject]:
    """The subjects of a chunk, in the order of their first delivery. ``known`` says whose the stored numbers are."""
    ties = _Ties()
    nodes = []
    for mapped in chunk:
        node, *others = _nodes(mapped, known)
        for other in others:
            ties.tie(node, other)
        nodes.append(node)
    found: dict[Node, Subject] = {}
    for index, (node, mapped) in enumerate(zip(nodes, chunk, strict=True)):
        root = ties.root(node)
        subject = found.get(root)
        if subject is None:
            subject = found[root] = Subject(mapped.name_type)
        subject.deliveries.append((index, mapped))
    for subject in found.values():
        ids = {known.get((subject.name_type, number)) for number in subject.mentioned()}
        subject.contact_ids = sorted(contact_id for contact_id in ids if contact_id is not None)
    return list(found.values())


def _nodes(mapped: MappedContact, known: Mapping[NumberKey, int]) -> list[Node]:
    keys = [(mapped.name_type, number) for number in own_numbers(mapped)]
    return [known.get(key, key) for key in keys]


class _Ties:
    """A union-find over numbers not in the store and ids of contacts."""

    def __init__(self) -> None:
        self._parents: dict[Node, Node] = {}

    def root(self, node: Node) -> Node:
        while (parent := self._parents.get(node)) is not None:
            node = parent
        return node

    def tie(self, one: Node, other: Node) -> None:
        one, other = self.root(one), self.root(other)
        if one != other:
            self._parents[other] = one
