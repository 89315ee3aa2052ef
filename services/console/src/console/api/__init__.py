"""The HTTP routes, a module for each part of a topic; each has its ``router`` and the scopes of its routes."""

from fastapi import APIRouter
from registerbro.auth import Scopes

from console.api import (
    access_export,
    audit,
    clients,
    configuration,
    contact_records,
    contact_search,
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
    overview,
    people,
    session,
    spot_checks,
    token,
)

TOPICS = {
    "tokens": (token, discovery, keys),
    "client applications": (clients,),
    "log-in": (login, session),
    "local users": (people,),
    "OData": (odata, odata_face, odata_query),
    "contacts": (contact_search, contact_records),
    "contacts by hand": (contacts,),
    "data protection": (access_export, erasure),
    "configuration": (configuration,),
    "audit": (audit, spot_checks),
    "events": (dead_letters, events),
    "overview": (overview,),
}
SCOPES: Scopes = {
    route: scope for topics in TOPICS.values() for topic in topics for route, scope in topic.SCOPES.items()
}
BODIES = token.BODIES | login.BODIES
router = APIRouter()
for name, topics in TOPICS.items():
    for topic in topics:
        router.include_router(topic.router, tags=[name])
