"""Companies and production units: look one up, search. A number stands in bodies only: what is typed may be a person's."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field, model_validator
from registerbro.api import Whole
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.problems import AuditUnavailable, responses
from registerbro.purposes import Text

from cvr_online import looking, problems
from cvr_online.api.common import EXAMPLE, CurrentOnline, Fresh, UnitCall, UnitText
from cvr_online.errors import CriteriaRefused
from cvr_online.looking import ONE_OF_THEM, ONLY_NUMBER_OR_NAME, PageWanted
from cvr_online.views.hits import HitsOut
from cvr_online.views.unit import UnitOut

SCOPES: Scopes = {
    ("POST", "/units/lookup"): Scope.UNITS_LOOKUP,
    ("POST", "/units/search"): Scope.UNITS_LOOKUP,
}
router = APIRouter()


class LookupRequest(UnitCall):
    """Which unit, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    number: UnitText
    fresh: Fresh = False


class SearchRequest(UnitCall):
    """What is searched for: a number or a name, and nothing else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "KMD", "purpose": "find the supplier of an invoice"}],
            "oneOf": [{"required": ["number"]}, {"required": ["name"]}],
        }
    )

    number: UnitText | None = None
    name: Annotated[Text, Field(max_length=200, description="from its beginning; upper and lower case alike")] | None = None  # fmt: skip
    page: Annotated[int, Field(ge=1, le=10_000), Whole] = 1
    size: Annotated[int, Field(ge=1, le=100, description="hits in the answer at most"), Whole] = 20

    @model_validator(mode="before")
    @classmethod
    def _nothing_else(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.keys() <= cls.model_fields.keys():
            raise CriteriaRefused(ONLY_NUMBER_OR_NAME)
        return data


@router.post("/units/lookup", responses=responses(*problems.LOOKUP, AuditUnavailable))
async def lookup(request: LookupRequest, online: CurrentOnline, caller: CurrentCaller) -> UnitOut:
    """Looks a company or production unit up as it is today. Nothing is stored but who asked."""
    return await looking.lookup(
        online, online.number(request.number), request.reason(caller), is_fresh=request.fresh
    )


@router.post("/units/search", responses=responses(*problems.SEARCH, AuditUnavailable))
async def search(request: SearchRequest, online: CurrentOnline, caller: CurrentCaller) -> HitsOut:
    """Finds companies and production units by number, or by name as far as the provider can. Nothing is stored but who asked."""
    reason = request.reason(caller)
    match request.number, request.name:
        case str() as number, None:
            return await looking.search_number(online, online.number(number), reason)
        case None, str() as name:
            return await looking.search_name(
                online, name.strip(), PageWanted(request.page, request.size), reason
            )
        case _:
            raise CriteriaRefused(ONE_OF_THEM)
