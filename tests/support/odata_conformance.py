"""Compares answers over OData with what ``$metadata`` promises, both read by odatapy, a client that is not ours."""

from collections.abc import Iterator, Mapping
from typing import Any

from odatapy.edm.json_value import primitive_from_json
from odatapy.edm.model import EdmComplexType, EdmNavigationProperty, EdmProperty, EdmStructuredType
from odatapy.edm.primitives import EdmPrimitiveTypeException

JSON_TYPES: Mapping[str, type] = {"Edm.Boolean": bool, "Edm.Int32": int, "Edm.Int64": int}


class Conformance:
    """Notes what differs, and what was seen, so that a check of nothing does not pass for one."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.with_value: set[str] = set()
        self.with_null: set[str] = set()

    def check(self, type_: EdmStructuredType, shown: Mapping[str, Any]) -> None:
        """Compares one entity or complex value with its type."""
        own = {each.name: each for each in type_.get_properties()}
        ways = {each.name: each for each in type_.get_navigation_properties()}
        told = {name for name in shown if "@" not in name}
        for name in (own.keys() - told) | (told - own.keys() - ways.keys()):
            self.faults.append(f"{type_.name}.{name}: is promised or shown, not both")
        for name, each in own.items():
            self._note(
                f"{type_.name}.{name}", shown.get(name), nullable=each.nullable, is_many=each.is_collection
            )
            for value in _values(each, shown.get(name)):
                self._value(f"{type_.name}.{name}", each, value)
        for name in told & ways.keys():
            self._note(
                f"{type_.name}.{name}",
                shown[name],
                nullable=ways[name].nullable,
                is_many=ways[name].is_collection,
            )
            for entity in _values(ways[name], shown[name]):
                self.check(ways[name].type, entity)

    def _note(self, place: str, value: Any, *, nullable: bool, is_many: bool) -> None:
        if isinstance(value, list) is not is_many:
            self.faults.append(f"{place}: one value or many")
        if value is None and (is_many or not nullable):
            self.faults.append(f"{place}: null")
        if value not in (None, []):
            self.with_value.add(place)
        if value is None:
            self.with_null.add(place)

    def _value(self, place: str, property_: EdmProperty, value: Any) -> None:
        if isinstance(property_.type, EdmComplexType):
            self.check(property_.type, value)
        elif type(value) is not JSON_TYPES.get(property_.type_fqn, str):
            self.faults.append(f"{place}: JSON {type(value).__name__} for {property_.type_fqn}")
        else:
            try:
                primitive_from_json(value, property_.type_fqn, property_.facets)
            except (EdmPrimitiveTypeException, ValueError):
                self.faults.append(f"{place}: not of type {property_.type_fqn}")


def _values(property_: EdmProperty | EdmNavigationProperty, shown: Any) -> Iterator[Any]:
    values = shown if isinstance(shown, list) else [shown]
    return (each for each in values if each is not None)
