"""The configuration over HTTP: a module for each topic. Reading takes ``config:read``, changing ``config:write``."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from console.api.configuration import contact_types, features, history, schedules, settings, sources

TOPICS = (features, contact_types, sources, schedules, settings, history)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
router = APIRouter()
for topic in TOPICS:
    router.include_router(topic.router)
