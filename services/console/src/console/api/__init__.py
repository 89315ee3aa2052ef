"""The HTTP routes, a module for each topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from console.api import clients, discovery, keys, login, people, session, token

TOPICS = (token, discovery, clients, keys, login, session, people)
SCOPES: Scopes = {route: scope for topic in TOPICS for route, scope in topic.SCOPES.items()}
BODIES = token.BODIES | login.BODIES
router = APIRouter(tags=["console"])
for topic in TOPICS:
    router.include_router(topic.router)
