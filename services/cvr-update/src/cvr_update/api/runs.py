"""Working the queue: now, how far it is, and letting the brake go."""

from fastapi import APIRouter
from registerbro.api import Acting
from registerbro.auth import Scope, Scopes
from registerbro.features import Feature
from registerbro.problems import FeatureDisabled, responses
from registerbro.service import CurrentService

from cvr_update import errors, running
from cvr_update.api.common import CurrentUpdates
from cvr_update.errors import PROBLEMS
from cvr_update.progress import progress
from cvr_update.views import ProgressOut

RUNS, CURRENT, RELEASES = "/runs", "/runs/current", "/brake/releases"
SCOPES: Scopes = {
    ("POST", RUNS): Scope.CVR_UPDATE_RUN,
    ("GET", CURRENT): Scope.CVR_UPDATE_RUN,
    ("POST", RELEASES): Scope.CVR_UPDATE_RUN,
}
router = APIRouter()


@router.post(RUNS, status_code=202, responses=responses(FeatureDisabled))
async def work_now(updates: CurrentUpdates, service: CurrentService) -> ProgressOut:
    """Has all replicas look at the queue at once, also where the provider did not answer a moment ago."""
    await service.features.require(Feature.CVR)
    await running.work_now(updates)
    return ProgressOut.of(await progress(updates))


@router.get(CURRENT)
async def show_progress(updates: CurrentUpdates) -> ProgressOut:
    """How far the present run is, or how the last one ended."""
    return ProgressOut.of(await progress(updates))


@router.post(RELEASES, responses=responses(*PROBLEMS.of(errors.BrakeFree)))
async def let_pass(updates: CurrentUpdates, by: Acting) -> ProgressOut:
    """Lets the brake go: what it held is written, and for a time it holds nothing."""
    await running.let_pass(updates, by=by)
    return ProgressOut.of(await progress(updates))
