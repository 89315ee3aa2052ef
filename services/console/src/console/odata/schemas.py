"""The entity sets as JSON Schema, for the description of the API: from the model's table."""

from typing import Any

from console.odata.edm import Collection, Edm, EntitySet, Property

_TYPES: dict[Edm, dict[str, Any]] = {
    Edm.STRING: {"type": "string"},
    Edm.BOOLEAN: {"type": "boolean"},
    Edm.INT32: {"type": "integer"},
    Edm.INT64: {"type": "integer"},
    Edm.DATE: {"type": "string", "format": "date"},
    Edm.TIME: {"type": "string", "format": "date-time"},
    Edm.GUID: {"type": "string", "format": "uuid"},
}


def of_entity(entity: EntitySet) -> dict[str, Any]:
    """An entity; what was not selected is left out, and what was expanded stands under its navigation."""
    properties = {each.name: _value(each) for each in entity.properties}
    properties |= {each.name: _many(each) for each in entity.collections}
    properties |= {each.name: {"type": "array" if each.is_many else "object"} for each in entity.navigations}
    return {"type": "object", "title": entity.type_name, "properties": properties}


def of_page(entity: EntitySet) -> dict[str, Any]:
    """A page of entities."""
    return {
        "type": "object",
        "required": ["value"],
        "properties": {
            "@odata.context": {"type": "string"},
            "@odata.count": {"type": "integer"},
            "@odata.nextLink": {"type": "string"},
            "value": {"type": "array", "items": of_entity(entity)},
        },
    }


def _value(prop: Property) -> dict[str, Any]:
    schema = _TYPES[prop.type]
    return {**schema, "type": [schema["type"], "null"]} if prop.may_be_null else schema


def _many(collection: Collection) -> dict[str, Any]:
    if collection.item is not None:
        return {"type": "array", "items": _value(collection.item)}
    fields = {each.name: _value(each) for each in collection.fields}
    return {"type": "array", "items": {"type": "object", "properties": fields}}
