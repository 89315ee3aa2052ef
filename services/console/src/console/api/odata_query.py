"""``POST /odata/{set}/$query``: what a GET answers, with the query in the body, where it may hold a personal number."""

import dataclasses
from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Depends, Header, Response
from registerbro.auth import Scope
from registerbro.problems import RequestTooLarge, UnsupportedMediaType, responses

from console.api.odata import (
    ANSWERED,
    FORMS,
    MEANINGS,
    PURPOSEFUL,
    ROOT,
    Asked,
    CurrentReader,
    answered,
    described,
)
from console.odata import negotiating, query_bodies, schemas
from console.odata.edm import EntitySet
from console.odata.model import ENTITY_SETS
from console.odata.protocol import answer_version

QUERY = "/$query"
SCOPES: dict[tuple[str, str], Scope] = {}
AS_TEXT = {
    "type": "string",
    "description": "as in a URL, percent-encoded: `$filter=NameCode%20eq%20'…'&$top=5`",
}
router = APIRouter(dependencies=[Depends(answer_version)])


async def _query(
    asked: Asked,
    request: fastapi.Request,
    reader: CurrentReader,
    content_type: Annotated[str, Header(include_in_schema=False)] = query_bodies.TEXT,
) -> Response:
    question, form = asked
    found = query_bodies.options(content_type, await request.body())
    if chosen := found.pop(negotiating.FORMAT, None):
        form = negotiating.form(chosen)
    question = dataclasses.replace(
        question,
        path=question.path.removesuffix(QUERY),
        options=query_bodies.together(question.options, found),
        has_control=form.has_control,
    )
    return answered(await reader.answer(question), question, form)


def _body(entity_set: EntitySet) -> dict[str, Any]:
    """How the body is described: one query, written in three ways."""
    options = {
        name: {
            **(FORMS[name] if name in query_bodies.NUMBERS else {"type": "string"}),
            "description": meaning,
        }
        for name, meaning in MEANINGS.items()
        if name != "$search" or entity_set.search
    }
    as_object = {"schema": {"type": "object", "properties": options}}
    content = {
        query_bodies.TEXT: {"schema": AS_TEXT},
        query_bodies.FORM: as_object,
        query_bodies.JSON: as_object,
    }
    return {"required": False, "content": content}


def _add(entity_set: EntitySet) -> None:
    path = f"{ROOT}/{entity_set.name}{QUERY}"
    router.add_api_route(
        path,
        _query,
        methods=["POST"],
        summary=f"A page of {entity_set.name}, by a query in the body",
        description=f"{described(entity_set)} nextLink is read by GET: it holds the query encrypted.",
        response_model=None,
        responses={
            200: {
                "description": "A page",
                "content": {query_bodies.JSON: {"schema": schemas.of_page(entity_set)}},
            },
            **responses(
                *ANSWERED,
                *PURPOSEFUL[entity_set.is_personal],
                RequestTooLarge,
                UnsupportedMediaType,
            ),
        },
        openapi_extra={"requestBody": _body(entity_set)},
    )
    SCOPES["POST", path] = entity_set.scope


for entity_set in ENTITY_SETS.values():
    _add(entity_set)
