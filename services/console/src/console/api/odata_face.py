"""How OData clients find out what there is, and several requests at once: service document, ``$metadata``, ``$batch``."""

from typing import Annotated, Any

import fastapi
import orjson
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, Field
from registerbro.auth import PUBLIC, Scope, Scopes
from registerbro.problems import InvalidRequest, UnsupportedMediaType, responses

from console.api.common import CurrentSettings
from console.api.odata import root_of
from console.odata import metadata, preferring
from console.odata.batch import Run
from console.odata.batch_form import Batch
from console.odata.metadata import JSON, XML
from console.odata.model import ENTITY_SETS
from console.odata.protocol import OLDEST, Version, VersionUnsupported, answer_version
from console.odata.refusals import PROBLEMS, FormatNotServed
from console.odata.subrequests import BATCH, ROOT, Sender

METADATA = f"{ROOT}$metadata"
SCOPES: Scopes = {
    ("GET", ROOT): PUBLIC,
    ("GET", ROOT.rstrip("/")): PUBLIC,
    ("GET", METADATA): PUBLIC,
    ("POST", BATCH): Scope.CONTACTS_READ,
}
FORMATS = {"xml": XML, "json": JSON}
KEPT = {"Cache-Control": "public, max-age=300"}
router = APIRouter(dependencies=[Depends(answer_version)])


class ServiceEntry(BaseModel):
    """An entity set."""

    name: str
    kind: str = "EntitySet"
    url: str = Field(description="relative to the service's root")


class ServiceDocument(BaseModel):
    """What stands below the service's root."""

    context: str = Field(alias="@odata.context")
    value: list[ServiceEntry]


class SubAnswer(BaseModel):
    """The answer to one request of a batch."""

    id: str
    atomicity_group: str | None = Field(default=None, alias="atomicityGroup")
    status: int
    headers: dict[str, str]
    body: Any = Field(default=None, description="JSON; text as a string; other bytes in base64url")


class BatchAnswer(BaseModel):
    """The answers, in the order of the requests."""

    responses: list[SubAnswer]


async def _media_type(
    version: Version,
    accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
    chosen: Annotated[
        str,
        Query(
            alias="$format",
            description="goes before `Accept`",
            json_schema_extra={"enum": [*FORMATS, XML, JSON]},
        ),
    ] = "",
) -> str:
    if chosen:
        return preferring.best_format([JSON, XML], FORMATS.get(chosen.lower(), chosen))
    # JSON came with 4.01; who takes 4.0 alone and accepts JSON thinks of entities
    return XML if version == OLDEST else preferring.best_format([JSON, XML], accept)


async def _is_json(content_type: Annotated[str, Header(include_in_schema=False)] = "") -> None:
    if content_type.lower().startswith("multipart/"):
        raise UnsupportedMediaType("A batch is taken in JSON only, not as multipart/mixed.")


@router.get(ROOT, responses=responses(VersionUnsupported, InvalidRequest))
@router.get(ROOT.rstrip("/"), include_in_schema=False)
async def list_entity_sets(
    request: fastapi.Request, response: Response, settings: CurrentSettings
) -> ServiceDocument:
    """Tells which entity sets there are."""
    response.headers.update(KEPT)
    context = f"{root_of(request, settings)}/$metadata"
    entries = [ServiceEntry(name=name, url=name) for name in ENTITY_SETS]
    return ServiceDocument.model_validate({"@odata.context": context, "value": entries})


@router.get(
    METADATA,
    response_class=Response,
    responses={
        200: {"description": "CSDL 4.01", "content": {XML: {}, JSON: {}}},
        304: {"description": "unchanged since the caller read it"},
        **responses(VersionUnsupported, *PROBLEMS.of(FormatNotServed), InvalidRequest),
    },
)
async def describe(version: Version, media_type: Annotated[str, Depends(_media_type)]) -> Response:
    """Describes the entity sets, their properties and what may be asked of them: CSDL in XML or JSON."""
    written = metadata.as_json() if media_type == JSON else metadata.as_xml(version)
    headers = {**KEPT, "ETag": metadata.etag_of(written), "Vary": "Accept, OData-MaxVersion"}
    return Response(written, media_type=media_type, headers=headers)


@router.post(
    BATCH,
    dependencies=[Depends(_is_json)],
    response_model=BatchAnswer,
    responses=responses(UnsupportedMediaType, VersionUnsupported),
)
async def do_batch(
    asked: Batch,
    request: fastapi.Request,
    prefer: Annotated[str, Header(description="`continue-on-error=false`: stop at the first error")] = "",
) -> Response:
    """Does up to a hundred requests, one after the other; each is admitted, recorded and answered as if it came alone."""
    continues = not preferring.stops_on_error(prefer)
    answers = await Run(asked, Sender(request).send, continues=continues).answers()
    headers = {} if continues else {"Preference-Applied": "continue-on-error=false"}
    return Response(orjson.dumps({"responses": answers}), media_type=JSON, headers=headers)
