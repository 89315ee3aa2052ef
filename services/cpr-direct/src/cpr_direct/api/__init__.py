"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from cpr_direct.api import (
    alerts,
    cases,
    connection,
    never,
    persons,
    policy,
    reconciliations,
    subscriptions,
    usage,
)

TOPICS = (persons, subscriptions, never, cases, policy, reconciliations, connection, usage, alerts)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
router = APIRouter(tags=["cpr-direct"])
for topic in TOPICS:
    router.include_router(topic.router)
