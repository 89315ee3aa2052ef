"""Pydantic models in the terms of CSDL, read from their JSON schemas: complex types of answers, parameters of actions."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from console.odata.edm import MICROSECONDS, Edm

Members: TypeAlias = dict[str, Any]
TYPES = {"string": Edm.STRING, "integer": Edm.INT64, "boolean": Edm.BOOLEAN}
FORMATS = {"date": Edm.DATE, "date-time": Edm.TIME}
DEFINITIONS = "#/$defs/"


class Structure:
    """A model: its own type and those within it, in a namespace."""

    def __init__(self, model: type[BaseModel], namespace: str, mode: JsonSchemaMode) -> None:
        self.name = _type_name(model.__name__)
        self._namespace = namespace
        self._schema = model.model_json_schema(mode=mode)
        self._definitions: Mapping[str, Members] = self._schema.get("$defs", {})

    @property
    def parameters(self) -> list[Members]:
        """The properties as parameters of an action; ``TypeError`` where one has no type there."""
        required = self._schema.get("required", ())
        return [
            {"$Name": name, **self._member(name, said)}
            | ({} if name in required else {"@Core.OptionalParameter": {}})
            for name, said in self._schema["properties"].items()
        ]

    @property
    def types(self) -> Mapping[str, Members]:
        """The complex types by name."""
        inner = {name: said for name, said in self._definitions.items() if "properties" in said}
        return {
            name: each
            for title, said in {self.name: self._schema, **inner}.items()
            for name, each in self._complex(title, said)
        }

    def _complex(self, title: str, said: Members) -> Iterator[tuple[str, Members]]:
        properties: Members = said["properties"]
        yield (
            title,
            {
                "$Kind": "ComplexType",
                **{name: self._member(name, each, title) for name, each in properties.items()},
                **_described(said),
            },
        )
        for name, each in properties.items():
            if "additionalProperties" in each:
                yield _open_name(title, name), {"$Kind": "ComplexType", "$OpenType": True}

    def _member(self, name: str, said: Members, title: str = "") -> Members:
        choices = [each for each in said.get("anyOf", [said]) if each.get("type") != "null"]
        nullable = {"$Nullable": True} if len(choices) < len(said.get("anyOf", choices)) else {}
        (only,) = choices
        if only.get("type") == "array":
            return {"$Collection": True, **self._typed(name, only["items"], title), **_described(said)}
        return {**self._typed(name, only, title), **nullable, **_described(said)}

    def _typed(self, name: str, said: Members, title: str) -> Members:
        target = said.get("$ref", "").removeprefix(DEFINITIONS)
        resolved = self._definitions[target] if target else said
        if "properties" in resolved:
            return {"$Type": f"{self._namespace}.{target}"}
        if "additionalProperties" in resolved:
            return {"$Type": f"{self._namespace}.{_open_name(title, name)}"}
        return _primitive(resolved)


def _primitive(said: Members) -> Members:
    type_ = FORMATS.get(said.get("format", "")) or TYPES[said["type"]]
    allowed = [{"Value": each} for each in said.get("enum", ())]
    return {
        **({} if type_ is Edm.STRING else {"$Type": str(type_)}),
        **({"$Precision": MICROSECONDS} if type_ is Edm.TIME else {}),
        **({"$MaxLength": said["maxLength"]} if "maxLength" in said else {}),
        **({"@Validation.AllowedValues": allowed} if allowed else {}),
    }


def _described(said: Members) -> Members:
    return {"@Core.Description": said["description"]} if "description" in said else {}


def _type_name(model: str) -> str:
    return model.removesuffix("Out")


def _open_name(title: str, name: str) -> str:
    return f"{title}{name.title()}"
