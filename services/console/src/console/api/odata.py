"""Reading over OData: every entity set, its entities, what their navigations lead to, and how many there are."""

import enum
from typing import Annotated, Any, TypeAlias
from urllib.parse import unquote

import orjson
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from registerbro.auth import CurrentCaller, Scope
from registerbro.problems import AuditUnavailable, Problem, responses
from registerbro.service import CurrentService

from console.api.common import CurrentSettings
from console.odata import limits, negotiating, schemas
from console.odata.descriptions import DESCRIPTIONS
from console.odata.edm import EntitySet
from console.odata.model import ENTITY_SETS
from console.odata.negotiating import Form
from console.odata.protocol import VersionUnsupported, answer_version
from console.odata.reading import SKIPTOKEN, Answer, Question, Reader
from console.odata.refusals import PROBLEMS, EntityUnknown, OdataError
from console.odata.tokens import Tokens
from console.purposes import PurposeRequired, StatedPurpose

ROOT = "/odata"
SCOPES: dict[tuple[str, str], Scope] = {}
MEANINGS = {
    "$filter": "a condition, as startswith(tolower(Name1),'an') and UpdatedAt gt 2026-01-01T00:00:00Z",
    "$select": "the properties that are shown, with commas between them",
    "$expand": "navigations whose entities are shown within, as Addresses($select=Address1;$top=5)",
    "$orderby": "what the entities are ordered by, as UpdatedAt desc,ContactId",
    "$top": "how many entities are wanted in all",
    "$skip": "how many are left out at the beginning",
    "$count": "true: how many there are in all is told, too",
    "$search": "words of names, addresses and numbers",
    SKIPTOKEN: "where a page begins; from nextLink",
    negotiating.FORMAT: "json; takes the place of Accept",
}
FORMS: dict[str, dict[str, Any]] = {
    "$top": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "$skip": {"type": "integer", "minimum": 0, "maximum": limits.SKIP},
    "$count": {"type": "boolean"},
    negotiating.FORMAT: {"type": "string", "enum": ["json"]},
}


class Shape(enum.StrEnum):
    """What an answer is."""

    MANY = "A page of"
    ONE = "One of"
    NUMBER = "The number of"


OPTIONS = {
    Shape.MANY: tuple(MEANINGS),
    Shape.ONE: ("$select", "$expand", negotiating.FORMAT),
    Shape.NUMBER: ("$filter", "$search"),
}
PURPOSEFUL: dict[bool, tuple[type[Problem], ...]] = {True: (PurposeRequired,), False: ()}
UNCHANGED: dict[int | str, dict[str, str]] = {
    304: {"description": "as the caller knows it (`If-None-Match`)"}
}
NOT_FOUND = PROBLEMS.of(EntityUnknown)
ANSWERED = (
    *(each for each in PROBLEMS.below(OdataError) if each not in NOT_FOUND),
    AuditUnavailable,
    VersionUnsupported,
)
router = APIRouter(dependencies=[Depends(answer_version)])


def root_of(request: Request, settings: CurrentSettings) -> str:
    """The URL of the service root, as clients know it."""
    return f"{(settings.console.public_url or str(request.base_url)).rstrip('/')}{ROOT}"


async def _reader(service: CurrentService, settings: CurrentSettings) -> Reader:
    tokens = Tokens(service.settings.audit.key)
    return Reader(service.pool, service.audit, tokens, settings.console.odata)


CurrentReader: TypeAlias = Annotated[Reader, Depends(_reader)]


async def _asked(
    request: Request,
    caller: CurrentCaller,
    purpose: StatedPurpose,
    settings: CurrentSettings,
    accept: Annotated[
        str, Header(description="application/json, with odata.metadata=minimal or none")
    ] = "*/*",
    prefer: Annotated[str, Header(description="odata.maxpagesize=100: the length of pages")] = "",
) -> tuple[Question, Form]:
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")).removeprefix(f"{ROOT}/")
    path = unquote(path)  # what is quoted in a key comes encoded: see protocol.with_quoted_keys
    options = negotiating.options(path, request.scope["query_string"])
    form = negotiating.form("*/*" if path.endswith("/$count") else options.pop(negotiating.FORMAT, accept))
    question = Question(
        path=path,
        options=options,
        caller=caller,
        purpose=purpose,
        root=root_of(request, settings),
        page_size=negotiating.page_size(prefer),
        has_control=form.has_control,
    )
    return question, form


Asked: TypeAlias = Annotated[tuple[Question, Form], Depends(_asked)]


def answered(answer: Answer, asked: Question, form: Form) -> Response:
    """An answer over HTTP."""
    headers = {"ETag": answer.etag} if answer.etag else {}
    if asked.page_size is not None:
        headers["Preference-Applied"] = f"odata.maxpagesize={asked.page_size}"
    if isinstance(answer.body, int):
        return Response(str(answer.body), headers=headers, media_type="text/plain")
    return Response(orjson.dumps(answer.body), headers=headers, media_type=form.media_type)


async def _read(asked: Asked, reader: CurrentReader) -> Response:
    question, form = asked
    return answered(await reader.answer(question), question, form)


async def _read_keyed(
    key: Annotated[str, Path(description="the key, as 17, or ContactId=17,Source='CPR'")],
    asked: Asked,
    reader: CurrentReader,
) -> Response:
    return await _read(asked, reader)


def described(shown: EntitySet) -> str:
    """What the entities of a set are, and what their readers state."""
    purpose = " Its readers state a purpose, in the header Registerbro-Purpose." if shown.is_personal else ""
    return f"{DESCRIPTIONS[shown.type_name]['']}{purpose}"


def _add(path: str, start: EntitySet, shape: Shape, shown: EntitySet) -> None:
    refused: list[type[Problem]] = [*ANSWERED, *(NOT_FOUND if "{key}" in path else ())]
    content = (
        {"text/plain": {"schema": {"type": "string"}}}
        if shape is Shape.NUMBER
        else {
            "application/json": {
                "schema": schemas.of_page(shown) if shape is Shape.MANY else schemas.of_entity(shown)
            }
        }
    )
    names = [name for name in OPTIONS[shape] if name != "$search" or shown.search]
    parameters = [
        {
            "name": name,
            "in": "query",
            "schema": FORMS.get(name, {"type": "string"}),
            "description": MEANINGS[name],
        }
        for name in names
    ]
    router.add_api_route(
        f"{ROOT}/{path}",
        _read_keyed if "{key}" in path else _read,
        methods=["GET"],
        summary=f"{shape} {shown.name}",
        description=described(shown),
        response_model=None,
        responses={
            200: {"description": shape.value, "content": content},
            **(UNCHANGED if shape is Shape.ONE and shown.etag else {}),
            **responses(*refused, *PURPOSEFUL[shown.is_personal]),
        },
        openapi_extra={"parameters": parameters},
    )
    SCOPES["GET", f"{ROOT}/{path}"] = start.scope


for entity_set in ENTITY_SETS.values():
    _add(entity_set.name, entity_set, Shape.MANY, entity_set)
    _add(f"{entity_set.name}/$count", entity_set, Shape.NUMBER, entity_set)
    _add(f"{entity_set.name}({{key}})", entity_set, Shape.ONE, entity_set)
    for navigation in entity_set.navigations:
        way, target = f"{entity_set.name}({{key}})/{navigation.name}", ENTITY_SETS[navigation.target]
        _add(way, entity_set, Shape.MANY if navigation.is_many else Shape.ONE, target)
        if navigation.is_many:
            _add(f"{way}/$count", entity_set, Shape.NUMBER, target)
