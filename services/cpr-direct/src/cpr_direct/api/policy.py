"""The subscription policy: who would be subscribed and why, and runs on demand."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import Field
from registerbro.api import Acting, After, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from cpr_direct import policy, problems
from cpr_direct.api.common import CurrentDirect, CurrentWorker, Day
from cpr_direct.views.policy import PlanOut, PolicyOut, RunOut

SCOPES: Scopes = {
    ("GET", "/policy"): Scope.CONFIG_READ,
    ("GET", "/policy/plan"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/policy/runs"): Scope.SUBSCRIPTIONS_MANAGE,
}
router = APIRouter()


class PolicyRunRequest(Request):
    """How the policy is to be run."""

    is_approved: bool = Field(
        default=False, description="also where it ends more subscriptions than pass without an approval"
    )


@router.get("/policy")
async def show(direct: CurrentDirect) -> PolicyOut:
    """The policy's settings, its next and its latest runs."""
    return await policy.show(direct)


@router.get("/policy/plan", responses=responses(problems.PolicyRuleUnusable))
async def plan(
    direct: CurrentDirect,
    day: Annotated[Day | None, Query(description="the Danish day of the run; today if not given")] = None,
    size: Size = 100,
    after: After = 0,
) -> PlanOut:
    """The dry run: who would be subscribed or unsubscribed, and why. Nothing is changed."""
    return await policy.plan(direct, day, after=after, size=size)


@router.post("/policy/runs", responses=responses(problems.PolicyRuleUnusable))
async def run(
    direct: CurrentDirect,
    worker: CurrentWorker,
    acting: Acting,
    request: Annotated[PolicyRunRequest, Body()] = PolicyRunRequest(),  # noqa: B008
) -> RunOut:
    """Runs the policy now, as the daily run would."""
    done = await policy.run(direct, by=acting, is_approved=request.is_approved)
    worker.wake()
    return done
