"""``$metadata``: the entity model as CSDL JSON 4.01, from the one table of it; ``metadata_xml`` writes the same as XML."""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson
from pydantic import BaseModel

from console.odata import metadata_xml
from console.odata.capabilities import of_container, of_entity_set
from console.odata.csdl import EnumMember
from console.odata.descriptions import DESCRIPTIONS
from console.odata.edm import MICROSECONDS, Collection, Edm, EntitySet, Guard, Navigation, Property
from console.odata.model import CONTACTS, CONTAINER, ENTITY_SETS, NAMESPACE
from console.odata.structures import Structure
from console.odata.writing import ACTIONS, Action

JSON = "application/json"
XML = "application/xml"
VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"
ALIASES = {
    "Core": "Org.OData.Core.V1",
    "Capabilities": "Org.OData.Capabilities.V1",
    "Validation": "Org.OData.Validation.V1",
}
BINDING = "bindingParameter"  # the name that clients know
GUARDED = {
    Guard.PROTECTED: "Null without the scope protected:read where a person is protected.",
    Guard.RAW: "Null without the scope protected:read.",
}
READ_ONLY = frozenset({("Contact", "PreviousNameCodes")})

Members: TypeAlias = dict[str, Any]


@functools.cache
def document() -> Mapping[str, Any]:
    """The description, as CSDL JSON has it."""
    return {
        "$Version": "4.01",
        "$EntityContainer": f"{NAMESPACE}.{CONTAINER}",
        "$Reference": {
            f"{VOCABULARIES}/{name}.json": {"$Include": [{"$Namespace": name, "$Alias": alias}]}
            for alias, name in ALIASES.items()
        },
        NAMESPACE: {
            **{each.type_name: _entity_type(each) for each in ENTITY_SETS.values()},
            **{each.type_name: _complex_type(each) for each in _complex_collections()},
            **{name: each for action in ACTIONS for name, each in _types_of_answer(action).items()},
            **{each.name: [_action(each)] for each in ACTIONS},
            CONTAINER: {
                "$Kind": "EntityContainer",
                **{name: _entity_set(each) for name, each in ENTITY_SETS.items()},
                **of_container(),
            },
        },
    }


@functools.cache
def as_json() -> bytes:
    """The description as JSON."""
    return orjson.dumps(document())


@functools.cache
def as_xml(version: str) -> bytes:
    """The description as XML, for answers in this version of the protocol."""
    return metadata_xml.written(document(), version=version)


def etag_of(written: bytes) -> str:
    """Changes when the description does."""
    return f'"{hashlib.sha256(written).hexdigest()[:32]}"'


def _action(action: Action) -> Members:
    taken = Structure(action.takes, NAMESPACE, "validation").parameters if action.takes else []
    bound = {"$Name": BINDING, "$Type": f"{NAMESPACE}.{CONTACTS.type_name}"}
    given = {} if action.gives or action.streams else {"$EntitySetPath": BINDING}
    return {
        "$Kind": "Action",
        "$IsBound": True,
        **given,
        "$Parameter": [bound, *taken],
        "$ReturnType": _return_type(action),
        "@Core.Description": action.description,
    }


def _return_type(action: Action) -> Members:
    if action.streams:
        return {"$Type": "Edm.Stream", "@Core.AcceptableMediaTypes": list(action.streams)}
    name = _answer(action.gives).name if action.gives else CONTACTS.type_name
    return {"$Type": f"{NAMESPACE}.{name}"}


def _types_of_answer(action: Action) -> Mapping[str, Members]:
    return _answer(action.gives).types if action.gives else {}


def _answer(model: type[BaseModel]) -> Structure:
    return Structure(model, NAMESPACE, "serialization")


def _complex_collections() -> list[Collection]:
    return [each for a_set in ENTITY_SETS.values() for each in a_set.collections if each.item is None]


def _entity_set(entity_set: EntitySet) -> Members:
    return {
        "$Collection": True,
        "$Type": f"{NAMESPACE}.{entity_set.type_name}",
        "$NavigationPropertyBinding": {each.name: each.target for each in entity_set.navigations},
        **_described(entity_set.type_name),
        **of_entity_set(entity_set),
    }


def _entity_type(entity_set: EntitySet) -> Members:
    name = entity_set.type_name
    return {
        "$Kind": "EntityType",
        "$Key": list(entity_set.key),
        **{each.name: _property(name, each) for each in entity_set.properties},
        **{each.name: _collection(name, each) for each in entity_set.collections},
        **{each.name: _navigation(name, each) for each in entity_set.navigations},
        **_described(name),
    }


def _complex_type(collection: Collection) -> Members:
    name = collection.type_name
    return {
        "$Kind": "ComplexType",
        **{each.name: _property(name, each) for each in collection.fields},
        **_described(name),
    }


def _property(type_name: str, property_: Property) -> Members:
    guarded = GUARDED.get(property_.guard)
    return {
        **_typed(property_),
        **_described(type_name, property_.name),
        **({"@Core.LongDescription": guarded} if guarded else {}),
    }


def _collection(type_name: str, collection: Collection) -> Members:
    item = collection.item
    typed = {"$Type": f"{NAMESPACE}.{collection.type_name}"} if item is None else _typed(item)
    is_read_only = (type_name, collection.name) in READ_ONLY
    return {
        "$Collection": True,
        **typed,
        **_described(type_name, collection.name),
        **({"@Core.Permissions": EnumMember("Core.Permission", "Read")} if is_read_only else {}),
    }


def _navigation(type_name: str, navigation: Navigation) -> Members:
    return {
        "$Kind": "NavigationProperty",
        "$Type": f"{NAMESPACE}.{ENTITY_SETS[navigation.target].type_name}",
        **({"$Collection": True} if navigation.is_many else {}),
        **({"$Partner": navigation.partner} if navigation.partner else {}),
        **_described(type_name, navigation.name),
    }


def _typed(property_: Property) -> Members:
    return {
        **({} if property_.type is Edm.STRING else {"$Type": str(property_.type)}),
        **({"$Precision": MICROSECONDS} if property_.type is Edm.TIME else {}),
        **({"$Nullable": True} if property_.may_be_null else {}),
    }


def _described(type_name: str, name: str = "") -> Members:
    return {"@Core.Description": DESCRIPTIONS[type_name][name]}
