"""The way to CVR's provider: test it, and see how our certificate stands."""

from fastapi import APIRouter
from registerbro.auth import Scope, Scopes

from cvr_online import checking
from cvr_online.api.common import CurrentOnline
from cvr_online.views.connection import CertificateOut, ConnectionOut, ConnectionTestOut

SCOPES: Scopes = {
    ("GET", "/connection"): Scope.CONFIG_READ,
    ("POST", "/connection/test"): Scope.CONFIG_READ,
    ("GET", "/certificate"): Scope.CONFIG_READ,
}
router = APIRouter()


@router.get("/connection")
async def show(online: CurrentOnline) -> ConnectionOut:
    """Which providers are asked, as the settings have it, and how far the one for lookups can search. Nobody is called."""
    return ConnectionOut(
        lookups=online.register.provider,
        updates=online.settings.updates,
        name_search=online.register.name_search,
    )


@router.post("/connection/test")
async def test(online: CurrentOnline) -> ConnectionTestOut:
    """Tries settings, name, network, encryption, authorisation, a sample call and the store one by one, and says what fails."""
    return await checking.check(online)


@router.get("/certificate")
async def certificate(online: CurrentOnline) -> CertificateOut:
    """How our certificate stands, read anew where its file has changed."""
    return await checking.certificate(online)
