"""Where a path leads: from a row over navigations to a value, a collection, or many rows."""

import dataclasses
from collections.abc import Mapping
from typing import TypeAlias

from odata_query import ast

from console.odata import limits, terms
from console.odata.binding import Row
from console.odata.edm import Collection, Navigation, Property
from console.odata.model import ENTITY_SETS
from console.odata.parsing import Node, full_name
from console.odata.refusals import NameUnknown, NotSupported, QueryMalformed
from console.odata.terms import Term


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A complex value of a collection: ``row`` has the collection, ``c`` names the value."""

    row: Row
    collection: Collection
    c: str


Variable: TypeAlias = "Row | Item | Term"
Variables: TypeAlias = Mapping[str, Variable]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """The row that a path has come to, and the rows it went through on the way."""

    row: Row
    sources: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()

    def over(self, navigation: Navigation) -> "Place":
        """The place that a navigation leads to."""
        to = Row.of(ENTITY_SETS[navigation.target], self.row.binder)
        return Place(to, (*self.sources, to.source), (*self.joins, self.row.join(navigation, to)))

    def enclosed(self, term: Term) -> Term:
        """A value of this place's row, seen from where the path began."""
        if not self.sources:
            return term
        origin = f"from {', '.join(self.sources)} where {' and '.join(self.joins)}"
        return dataclasses.replace(term, sql=f"(select {term.sql} {origin})", may_be_null=True, of=None)


def steps(option: str, node: Node) -> list[str]:
    """The names of a path."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.owner
    if not isinstance(node, ast.Identifier):
        raise QueryMalformed(option, "a path begins with a name")
    if node.namespace:
        raise NotSupported(f"the qualified name {full_name(node)}")
    limits.check("steps in a path", len(names) + 1, limits.PATH_STEPS)
    return [node.name, *reversed(names)]


def value(option: str, names: list[str], row: Row, variables: Variables) -> Term:
    """The value at the end of a path."""
    start = variables.get(names[0])
    if isinstance(start, Term):
        if len(names) > 1:
            raise NameUnknown(names[1], names[0])
        return start
    if isinstance(start, Item):
        return _field(option, names, start)
    place, last = walk(option, names, row, variables)
    found = last and place.row.entity.by_name.get(last)
    if isinstance(found, Property):
        return place.enclosed(terms.of_property(place.row, found))
    if found is None:
        raise NameUnknown(last or names[0], place.row.entity.type_name)
    raise QueryMalformed(option, f"{last} has many values or is an entity; use any or all, or a path into it")


def walk(option: str, names: list[str], row: Row, variables: Variables) -> tuple[Place, str]:
    """Where all but the last name of a path lead, and that name."""
    start = variables.get(names[0])
    if isinstance(start, Term | Item):
        raise QueryMalformed(option, f"nothing can be collected from {names[0]}")
    place = Place(start or row)
    names = names[1:] if start else names
    for name in names[:-1]:
        found = place.row.entity.by_name.get(name)
        if found is None:
            raise NameUnknown(name, place.row.entity.type_name)
        if not isinstance(found, Navigation) or found.is_many:
            raise QueryMalformed(option, f"{name} does not lead to one entity")
        place = place.over(found)
    return place, names[-1] if names else ""


def _field(option: str, names: list[str], item: Item) -> Term:
    if len(names) != 2:
        raise QueryMalformed(option, f"{names[0]} is compared by one of its properties")
    found = next((each for each in item.collection.fields if each.name == names[1]), None)
    if found is None:
        raise NameUnknown(names[1], item.collection.type_name)
    return terms.of_property(item.row, found, item.c)
