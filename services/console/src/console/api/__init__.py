"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from console.api import (
    access_export,
    audit,
    clients,
    configuration,
    contacts,
    dead_letters,
    discovery,
    erasure,
    events,
    keys,
    login,
    odata,
    odata_face,
    odata_query,
    people,
    session,
    spot_checks,
    token,
)

TOPICS = (
    token,
    discovery,
    clients,
    keys,
    login,
    session,
    people,
    odata,
    odata_face,
    odata_query,
    contacts,
    access_export,
    erasure,
    configuration,
    audit,
    spot_checks,
    dead_letters,
    events,
)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
BODIES = token.BODIES | login.BODIES
router = APIRouter(tags=["console"])
for topic in TOPICS:
    router.include_router(topic.router)
