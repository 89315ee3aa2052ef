"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from cpr_batch.api import (
    approvals,
    dry_runs,
    files,
    gaps,
    imports,
    journal,
    orders,
    progress,
    runs,
    servers,
    settings,
)

TOPICS = (servers, imports, runs, progress, files, approvals, gaps, dry_runs, orders, settings, journal)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
router = APIRouter(tags=["cpr-batch"])
for topic in TOPICS:
    router.include_router(topic.router)
