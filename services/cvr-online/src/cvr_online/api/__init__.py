"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from cvr_online.api import connection, imports, units

TOPICS = (units, imports, connection)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
router = APIRouter(tags=["cvr-online"])
for topic in TOPICS:
    router.include_router(topic.router)
