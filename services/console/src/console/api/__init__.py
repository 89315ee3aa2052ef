"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from console.api import audit, clients, dead_letters, discovery, events, keys, spot_checks, token

TOPICS = (token, discovery, clients, keys, audit, spot_checks, dead_letters, events)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
BODIES = token.BODIES
router = APIRouter(tags=["console"])
for topic in TOPICS:
    router.include_router(topic.router)
