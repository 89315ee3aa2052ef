"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from cvr_update.api import contacts, failures, queue, runs

TOPICS = (queue, runs, failures, contacts)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
SWITCHED = frozenset({("POST", runs.RUNS)})  # the others tell how it stands while the modules are off, too
router = APIRouter(tags=["cvr-update"])
for topic in TOPICS:
    router.include_router(topic.router)
