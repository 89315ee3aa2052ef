"""Whom the references of a chunk point to: stored contacts, new ones of the chunk, or ones made to be pointed to.

A number that is not in the store becomes a placeholder; a name becomes a person without a number, known by (owner, role,
name).
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from registerbro.contacts.model import MappedContact, MappedReference
from registerbro.contacts.persons import NumberKey
from registerbro.contacts.state import Reference

NameKey: TypeAlias = tuple[int, str, str]  # owner, role and name


class Targets:
    """Ids by number and by name; ``placeholders`` and ``namesakes`` are those that have to be made."""

    def __init__(
        self, numbers: Mapping[NumberKey, int], names: Mapping[NameKey, int], new_ids: Iterator[int]
    ) -> None:
        self._stored = numbers
        self._new_ids = new_ids
        self.numbers = dict(numbers)
        self.names = dict(names)
        self.placeholders: dict[NumberKey, int] = {}
        self.unnumbered: dict[NameKey, tuple[int, str]] = {}
        self.survivors: dict[int, int] = {}  # of contacts that turned out to be another

    def new_id(self) -> int:
        """The id of one more contact."""
        return next(self._new_ids)

    def belongs_to(self, key: NumberKey, contact_id: int) -> bool:
        """From now on the number is that contact's; returns whether it is stored already."""
        self.numbers[key] = contact_id
        return key in self._stored

    def absorb(self, contact_id: int, survivor: int) -> list[tuple[int, int]]:
        """References to the one now go to the other; returns persons without number that become one thereby."""
        self.survivors[contact_id] = survivor
        twins = []
        for (owner, role, name), named_id in list(self.names.items()):
            if owner == contact_id:
                del self.names[owner, role, name]
                kept = self.names.setdefault((survivor, role, name), named_id)
                if kept != named_id:
                    self.survivors[named_id] = kept
                    twins.append((named_id, kept))
        return twins

    def resolved(self, contact_id: int, mapped: MappedContact, roles: frozenset[str]) -> list[Reference]:
        """The references in ``roles`` that a delivery about the contact holds."""
        return [
            Reference(
                contact_id,
                each.role,
                self._target(contact_id, each),
                each.restrictor,
                each.start_date,
                each.end_date,
                mapped.source,
            )
            for each in mapped.references
            if each.role in roles
        ]

    def _target(self, owner: int, reference: MappedReference) -> int:
        if reference.number is not None:
            key = (reference.name_type, reference.number)
            found = self.numbers.get(key)
            if found is None:
                found = self.numbers[key] = self.placeholders[key] = self.new_id()
            return found
        name_key = (owner, reference.role, reference.name or "")
        found = self.names.get(name_key)
        if found is None:
            found = self.names[name_key] = self.new_id()
            self.unnumbered[name_key] = (found, reference.name_type)
        return found
