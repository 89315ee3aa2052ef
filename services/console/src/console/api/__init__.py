"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from console.api import clients, discovery, keys, odata, odata_face, odata_query, token

TOPICS = (token, discovery, clients, keys, odata, odata_face, odata_query)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
BODIES = token.BODIES
router = APIRouter(tags=["console"])
for topic in TOPICS:
    router.include_router(topic.router)
