"""Reconciliation: CPR's list of all subscribed numbers compared with the store, shown, and applied on request."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query
from fastapi import Request as HttpRequest
from pydantic import Field
from registerbro.api import Acting, After, Before, Page, Request, Size
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.subscriptions import reconciliation
from registerbro.subscriptions.reconciliation import DifferenceKind

from cpr_direct import problems, reconciling
from cpr_direct.api.common import CurrentDirect, CurrentWorker, Day
from cpr_direct.views.reconciliation import AppliedOut, DifferenceOut, ReconciliationOut

COMPARE = ("POST", "/reconciliations")
SCOPES: Scopes = {
    COMPARE: Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/reconciliations"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/reconciliations/{reconciliation_id}"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/reconciliations/{reconciliation_id}/differences"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/reconciliations/{reconciliation_id}/forecast"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/reconciliations/{reconciliation_id}/applications"): Scope.SUBSCRIPTIONS_MANAGE,
}
LIST = {
    "description": "CPR numbers, one a line, with or without the hyphen",
    "required": True,
    "content": {
        "text/plain": {
            "schema": {"type": "string", "pattern": "^((0[1-9]|[1-9][0-9])[0-9]{4}-?[0-9]{4}\\r?\\n)+$"}
        }
    },
}
UNKNOWN = (problems.ReconciliationNotFound,)
ReconciliationId = Annotated[int, Path(ge=1, le=LAST_ID, description="as the list names it")]
router = APIRouter()


class Application(Request):
    """How a comparison is to be applied."""

    kinds: list[Literal["missing-here", "missing-at-cpr"]] = Field(
        default=["missing-here", "missing-at-cpr"],
        max_length=2,
        description="which differences are put right; the others stay open, for another time",
    )
    ends_unknown: bool = Field(
        default=False,
        description="also have CPR end the subscriptions of persons whom no imported contact is",
    )


@router.post(
    COMPARE[1],
    status_code=201,
    responses=responses(problems.NumberListRefused),
    openapi_extra={"requestBody": LIST},
)
async def compare(
    http: HttpRequest,
    direct: CurrentDirect,
    acting: Acting,
    name: Annotated[
        str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="what to call the list")
    ] = "list",
    as_of: Annotated[
        Day | None, Query(description="the Danish day on which CPR's subscriptions were so; today")
    ] = None,
) -> ReconciliationOut:
    """Compares CPR's list of subscribed numbers with the store, in both directions. Nothing is changed.

    The list itself is not kept, and nothing is taken if a single line is wrong.
    """
    async with direct.pool.acquire() as connection:
        found = await reconciliation.compare(
            connection, http.stream(), by=acting, name=name, as_of=as_of, now=direct.now()
        )
    return ReconciliationOut.of(found)


@router.get("/reconciliations")
async def list_reconciliations(
    direct: CurrentDirect, size: Size = 100, after: Before = LAST_ID
) -> Page[ReconciliationOut]:
    """The comparisons, newest first."""
    rows = await reconciliation.page(direct.pool, below=after, size=size)
    found = [ReconciliationOut.of(each) for each in rows]
    return Page[ReconciliationOut].cut(found, size, found[-1].reconciliation_id if found else "")


@router.get("/reconciliations/{reconciliation_id}", responses=responses(*UNKNOWN))
async def show(direct: CurrentDirect, reconciliation_id: ReconciliationId) -> ReconciliationOut:
    """One comparison."""
    return ReconciliationOut.of(await reconciliation.load(direct.pool, reconciliation_id))


@router.get("/reconciliations/{reconciliation_id}/differences", responses=responses(*UNKNOWN))
async def differences(
    direct: CurrentDirect,
    reconciliation_id: ReconciliationId,
    kind: Annotated[DifferenceKind | None, Query(description="only of this kind")] = None,
    size: Size = 100,
    after: After = 0,
) -> Page[DifferenceOut]:
    """Where list and store differ."""
    await reconciliation.load(direct.pool, reconciliation_id)
    rows = await reconciliation.differences(direct.pool, reconciliation_id, kind=kind, after=after, size=size)
    found = [DifferenceOut.of(each) for each in rows]
    return Page[DifferenceOut].cut(found, size, found[-1].difference_id if found else "")


@router.get("/reconciliations/{reconciliation_id}/forecast", responses=responses(*UNKNOWN))
async def forecast(direct: CurrentDirect, reconciliation_id: ReconciliationId) -> AppliedOut:
    """What applying all that is open would do, as far as the comparison knew. Nothing is changed."""
    return await reconciling.forecast(direct, reconciliation_id)


@router.post(
    "/reconciliations/{reconciliation_id}/applications",
    responses=responses(*UNKNOWN, problems.ReconciliationOutdated),
)
async def apply(
    direct: CurrentDirect,
    worker: CurrentWorker,
    caller: CurrentCaller,
    acting: Acting,
    reconciliation_id: ReconciliationId,
    request: Annotated[Application, Body()] = Application(),  # noqa: B008
) -> AppliedOut:
    """Puts the store right: who is subscribed is as the list says, unless CPR has said otherwise since.

    Where a wish differs from what is so now, CPR is told again.
    """
    done = await reconciling.apply(
        direct,
        reconciliation_id,
        by=acting,
        caller=caller,
        kinds=[*map(DifferenceKind, request.kinds)],
        ends_unknown=request.ends_unknown,
    )
    worker.wake()
    return done
