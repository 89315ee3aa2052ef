"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from cpr_batch.api import files, imports, runs, servers

TOPICS = (servers, imports, runs, files)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
router = APIRouter(tags=["cpr-batch"])
for topic in TOPICS:
    router.include_router(topic.router)
