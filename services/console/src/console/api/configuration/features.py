"""The modules' switches."""

from fastapi import APIRouter
from pydantic import Field
from registerbro.api import Request
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.configuration import features
from registerbro.features import Feature
from registerbro.service import CurrentService

from console.configuration_views import FeatureOut, FeaturesOut

FEATURES = "/configuration/features"
FEATURE = f"{FEATURES}/{{feature}}"
SCOPES: Scopes = {("GET", FEATURES): Scope.CONFIG_READ, ("PUT", FEATURE): Scope.CONFIG_WRITE}
router = APIRouter()


class FeatureChange(Request):
    """Which way a switch is to stand."""

    enabled: bool = Field(
        description="off: the API of the module's services answers feature-disabled, their jobs rest"
    )


@router.get(FEATURES)
async def list_features(service: CurrentService) -> FeaturesOut:
    """The modules, and whether they are on."""
    return FeaturesOut(items=[FeatureOut.of(each) for each in await features.page(service.pool)])


@router.put(FEATURE)
async def switch_feature(
    feature: Feature, request: FeatureChange, service: CurrentService, caller: CurrentCaller
) -> FeatureOut:
    """Switches a module. Running services notice within two seconds. CVR Update may be on while CVR is off: it rests."""
    async with service.pool.acquire() as connection:
        await features.switch(connection, feature, enabled=request.enabled, by=caller)
        found = {each.feature: each for each in await features.page(connection)}
    return FeatureOut.of(found[feature])
