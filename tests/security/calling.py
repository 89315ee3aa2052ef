"""Calls of routes that are named as in the tables: ``GET /runs/{run_id}``."""

import re

import httpx
from registerbro.problems import BASE, MEDIA_TYPE

from tests.support.services import bearer

SOME_ID = "1"


def filled(path: str) -> str:
    """A path with a made-up id in place of each name in braces."""
    return re.sub(r"\{[^}]*\}", SOME_ID, path)


async def call(client: httpx.AsyncClient, route: str, token: str | None) -> httpx.Response:
    """A call without a body."""
    method, _, path = route.partition(" ")
    headers = {} if token is None else bearer(token)
    return await client.request(method, filled(path), headers=headers)


def told(answer: httpx.Response) -> str:
    """What a call came to: the status, and the kind of problem where it is one."""
    is_problem = answer.headers.get("content-type") == MEDIA_TYPE
    kind = answer.json()["type"].removeprefix(BASE) if is_problem else ""
    return f"{answer.status_code} {kind}".strip()
