"""What may be asked of the service and of each entity set, in the terms of the vocabulary Org.OData.Capabilities.V1."""

from typing import Any

from console.odata import limits
from console.odata.csdl import EnumMember, PropertyPath
from console.odata.edm import EntitySet
from console.odata.functions import FUNCTIONS

JSON_FORMATS = [f"application/json;odata.metadata={level}" for level in ("minimal", "none", "full")]
OWN_HEADERS = [
    {
        "Name": "Registerbro-Purpose",
        "Description": "Why the data are read, in 3 to 500 characters.",
        "Required": True,
    },
    {"Name": "Registerbro-Case", "Description": "The case that they are read for.", "Required": False},
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
        "@Capabilities.InsertRestrictions": {"Insertable": False},
        "@Capabilities.UpdateRestrictions": {"Updatable": False},
        "@Capabilities.DeleteRestrictions": {"Deletable": False},
    }


def _search(entity_set: EntitySet) -> dict[str, Any]:
    if not entity_set.search:
        return {"Searchable": False}
    unsupported = EnumMember("Capabilities.SearchExpressions", "OR,NOT,group")
    return {"Searchable": True, "UnsupportedExpressions": unsupported}


def _is_etag(entity_set: EntitySet, sql: str) -> bool:
    return bool(entity_set.etag) and sql == f"{{t}}.{entity_set.etag}"
