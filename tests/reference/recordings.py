"""The recorded answers of the GraphQL service, played back.

They were made with fewer fields than we ask for. What the register may leave empty is null here, whose row it is follows from what
was asked, and since when it is in force stands in the cursors that were recorded with some of them; else it is ``SINCE``.
"""

import base64
import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import graphql
from registerbro.cvr.numbers import CvrNumber
from registerbro.cvr.units import UnitKind
from registerbro.registers.datafordeler import graphql_events
from registerbro.registers.datafordeler.entities import OWN, PARTS

from tests.reference.data import TESTDATA
from tests.support.register_server import Asked, Behaviour, said

CVR = TESTDATA / "cvr"
RECORDED = CVR / "datafordeler-graphql"
LEGO, LEGO_ID = CvrNumber("47458714"), "4001142075"
SALLING, SALLING_ID, SALLING_UNIT_ID = CvrNumber("35954716"), "4000333383", "4002313219"
UNKNOWN = CvrNumber("12345674")
ID_LENGTH = len(LEGO_ID)
NOW = dt.datetime(2026, 10, 10, 15, tzinfo=dt.UTC)
SINCE = dt.date(1973, 7, 1)
_ENTITIES = {entity.name: entity for entity in (*OWN.values(), *PARTS[UnitKind.COMPANY])}
NOTHING: dict[str, Any] = {"pageInfo": {"hasNextPage": False}, "nodes": []}


def body(name: str, folder: Path = RECORDED) -> Any:
    return json.loads((folder / f"{name}.json").read_bytes())


def recorded(entity: str, key: str) -> Any:
    """The recorded page that answers a question for one value; without one the register has nothing."""
    names = {
        ("CVR_Virksomhed", str(LEGO)): "virksomhed_by_cvr_47458714",
        ("CVR_Virksomhed", str(SALLING)): "virksomhed_by_cvr_35954716",
        ("CVR_Virksomhed", LEGO_ID): "virksomhed_by_cvr_47458714",
        ("CVR_Virksomhed", SALLING_ID): "virksomhed_by_cvr_35954716",
        ("CVR_Virksomhed", str(UNKNOWN)): "virksomhed_unknown",
        ("CVR_Virksomhed", SALLING_UNIT_ID): "virksomhed_by_unit_4002313219_empty",
        ("CVR_Produktionsenhed", str(LEGO)): "produktionsenhed_first1_by_parent_47458714",
        ("CVR_Navn", LEGO_ID): "navn_by_unit_4001142075",
        ("CVR_Navn", SALLING_ID): "navn_by_unit_4000333383",
        ("CVR_Navn", "Salling Group A/S"): "navn_search_exact_salling_group",
        ("CVR_Adressering", LEGO_ID): "adressering_by_unit_4001142075",
        ("CVR_Adressering", SALLING_ID): "adressering_by_unit_4000333383",
        ("CVR_Telefonnummer", LEGO_ID): "telefonnummer_4001142075",
        ("CVR_e_mailadresse", LEGO_ID): "e_mailadresse_empty_4001142075",
        ("CVR_Branche", LEGO_ID): "branche_first1_by_unit_4001142075",
        ("CVR_Virksomhedsform", LEGO_ID): "virksomhedsform_4001142075",
        ("CVR_Reklamebeskyttelse", LEGO_ID): "reklamebeskyttelse_4001142075",
        ("CVR_Kreditoplysninger", LEGO_ID): "kreditoplysninger_empty_4001142075",
    }
    if (entity, key) == ("CVR_Produktionsenhed", SALLING_UNIT_ID):
        return {**NOTHING, "nodes": [{"id": SALLING_UNIT_ID, "pNummer": 1003022489, "status": "aktiv"}]}
    return body(names[entity, key])["data"][entity] if (entity, key) in names else NOTHING


@dataclasses.dataclass(slots=True)
class Recordings:
    """Plays the recordings back. They were made with fewer fields than we ask for: a row says whose it is in any case."""

    asked: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    instead: Behaviour | None = None
    events: Mapping[int, Any] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked) -> Behaviour:
        question = json.loads(asked.body)
        self.asked.append(question)
        return self.instead or said({"data": self._answer(question["query"], question["variables"])})

    def _answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        root = _root(query)
        if root == graphql_events.STATUS:
            return dict(body("register_import_status")["data"])
        if root == graphql_events.EVENTS:
            return {root: self.events.get(variables["from"], NOTHING)}
        if "after" in variables:
            return {root: NOTHING}
        return {root: self._pages(root, [str(key) for key in variables["keys"]])}

    @staticmethod
    def _pages(root: str, keys: list[str]) -> dict[str, Any]:
        pages = {key: recorded(root, key) for key in keys}
        nodes = [_whole(root, key, page, node) for key, page in pages.items() for node in page["nodes"]]
        info = next((page["pageInfo"] for page in pages.values() if "pageInfo" in page), NOTHING["pageInfo"])
        return {"pageInfo": info, "nodes": nodes}


def _whole(root: str, key: str, page: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    entity = _ENTITIES[root]
    since = _since(page.get("pageInfo", {}).get("startCursor"))
    unknown = dict.fromkeys(entity.asked) | {
        name: since for name in (*entity.never_null, "virkningFra") if name.endswith(("Fra", "Startdato"))
    }
    owner = {entity.unit_id: key} if len(key) == ID_LENGTH else {}
    return unknown | owner | node


def _since(cursor: str | None) -> str:
    """The last of a cursor's parts, each of which is written in base 64 as the whole is: the day on which the row begins."""
    if cursor is None:
        return SINCE.isoformat()
    last = base64.b64decode(cursor).rpartition(b";")[2]
    return base64.b64decode(last).decode()


def _root(query: str) -> str:
    (operation,) = graphql.parse(query).definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, graphql.FieldNode)
    return field.name.value
