"""What may be asked of the service and of each entity set, in the terms of the vocabulary Org.OData.Capabilities.V1."""

from typing import Any

from pydantic import BaseModel

from console.odata import limits
from console.odata.csdl import EnumMember, NavigationPropertyPath, PropertyPath
from console.odata.edm import EntitySet, Navigation
from console.odata.functions import FUNCTIONS
from console.odata.model import ENTITY_SETS
from console.odata.writing import WRITTEN, WRITTEN_THROUGH, Writing

JSON_FORMATS = [f"application/json;odata.metadata={level}" for level in ("minimal", "none", "full")]
OWN_HEADERS = [
    {
        "Name": "Registerbro-Purpose",
        "Description": "Why the data are read or changed, in 3 to 500 characters.",
        "Required": True,
    },
    {"Name": "Registerbro-Case", "Description": "The case that it is done for.", "Required": False},
]


def of_container() -> dict[str, Any]:
    """The annotations of the whole service."""
    return {
        "@Capabilities.SupportedFormats": JSON_FORMATS,
        "@Capabilities.SupportedMetadataFormats": ["application/xml", "application/json"],
        "@Capabilities.FilterFunctions": [*FUNCTIONS, "in", "any", "all"],
        "@Capabilities.AsynchronousRequestsSupported": False,
        "@Capabilities.CrossJoinSupported": False,
        "@Capabilities.KeyAsSegmentSupported": False,
        "@Capabilities.QuerySegmentSupported": True,
        "@Capabilities.BatchSupported": True,
        "@Capabilities.BatchContinueOnErrorSupported": True,
        "@Capabilities.DeepInsertSupport": {"Supported": True, "ContentIDSupported": False},
        "@Capabilities.BatchSupport": {
            "Supported": True,
            "ContinueOnErrorSupported": True,
            "ReferencesInRequestBodiesSupported": False,
            "ReferencesAcrossChangeSetsSupported": False,
            "EtagReferencesSupported": False,
            "RequestDependencyConditionsSupported": False,
            "SupportedFormats": ["application/json"],
        },
    }


def of_entity_set(entity_set: EntitySet) -> dict[str, Any]:
    """The annotations of an entity set."""
    concurrency = [
        PropertyPath(each.name) for each in entity_set.properties if _is_etag(entity_set, each.sql)
    ]
    return {
        "@Core.LongDescription": f"To be read with the scope {entity_set.scope}.",
        **({"@Core.OptimisticConcurrency": concurrency} if concurrency else {}),
        **({"@Capabilities.CustomHeaders": OWN_HEADERS} if entity_set.is_personal else {}),
        "@Capabilities.CountRestrictions": {"Countable": True},
        "@Capabilities.TopSupported": True,
        "@Capabilities.SkipSupported": True,
        "@Capabilities.IndexableByKey": True,
        "@Capabilities.ExpandRestrictions": {
            "Expandable": bool(entity_set.navigations),
            "MaxLevels": limits.EXPANSION_DEPTH,
        },
        "@Capabilities.SearchRestrictions": _search(entity_set),
        **_changes(entity_set, WRITTEN.get(entity_set.name)),
        **_through(entity_set),
    }


def _changes(entity_set: EntitySet, writing: Writing | None) -> dict[str, Any]:
    if writing is None:
        inserts, updates, deletes = {"Insertable": False}, {"Updatable": False}, {"Deletable": False}
    else:
        inserts, updates = _inserts(entity_set, writing.creates), _updates(entity_set, writing.changes)
        deletes = {"Deletable": writing.deletes}
    return {
        "@Capabilities.InsertRestrictions": inserts,
        "@Capabilities.UpdateRestrictions": updates,
        "@Capabilities.DeleteRestrictions": deletes,
    }


def _inserts(entity_set: EntitySet, body: type[BaseModel]) -> dict[str, Any]:
    needed = [PropertyPath(name) for name, field in body.model_fields.items() if field.is_required()]
    return {
        "Insertable": True,
        "NonInsertableProperties": _left_out(entity_set, body),
        "NonInsertableNavigationProperties": _navigations_left_out(entity_set, body),
        **({"RequiredProperties": needed} if needed else {}),
    }


def _updates(entity_set: EntitySet, body: type[BaseModel]) -> dict[str, Any]:
    return {
        "Updatable": True,
        "Upsertable": False,
        "UpdateMethod": EnumMember("Capabilities.HttpMethod", "PATCH"),
        "NonUpdatableProperties": _left_out(entity_set, body),
        "NonUpdatableNavigationProperties": _navigations_left_out(entity_set, body),
    }


def _through(entity_set: EntitySet) -> dict[str, Any]:
    """What is written by way of an entity that leads to it: its path has that entity's key before its own."""
    written = WRITTEN_THROUGH.get(entity_set.name, {})
    restricted = [
        _of_navigation(each, written[each.name]) for each in entity_set.navigations if each.name in written
    ]
    return (
        {"@Capabilities.NavigationRestrictions": {"RestrictedProperties": restricted}} if restricted else {}
    )


def _of_navigation(navigation: Navigation, writing: Writing) -> dict[str, Any]:
    changes = _changes(ENTITY_SETS[navigation.target], writing)
    return {
        "NavigationProperty": NavigationPropertyPath(navigation.name),
        **{term.rpartition(".")[2]: said for term, said in changes.items()},
    }


def _left_out(entity_set: EntitySet, body: type[BaseModel]) -> list[PropertyPath]:
    names = [*(each.name for each in entity_set.properties), *(each.name for each in entity_set.collections)]
    return [PropertyPath(name) for name in names if name not in body.model_fields]


def _navigations_left_out(entity_set: EntitySet, body: type[BaseModel]) -> list[NavigationPropertyPath]:
    names = [each.name for each in entity_set.navigations]
    return [NavigationPropertyPath(name) for name in names if name not in body.model_fields]


def _search(entity_set: EntitySet) -> dict[str, Any]:
    if not entity_set.search:
        return {"Searchable": False}
    unsupported = EnumMember("Capabilities.SearchExpressions", "OR,NOT,group")
    return {"Searchable": True, "UnsupportedExpressions": unsupported}


def _is_etag(entity_set: EntitySet, sql: str) -> bool:
    return bool(entity_set.etag) and sql == f"{{t}}.{entity_set.etag}"
