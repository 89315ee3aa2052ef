"""Calls of routes that are named as in the tables: ``GET /runs/{run_id}``."""

import re

import httpx

from tests.support.services import bearer

SOME_ID = "1"


async def call(client: httpx.AsyncClient, route: str, token: str | None) -> httpx.Response:
    """A call without a body; where the path has names in braces, a made-up id stands."""
    method, _, path = route.partition(" ")
    headers = {} if token is None else bearer(token)
    return await client.request(method, re.sub(r"\{[^}]*\}", SOME_ID, path), headers=headers)


def told(answer: httpx.Response) -> str:
    """What a call came to: the status, and the kind of problem where it is one."""
    kind = answer.json()["type"].rpartition("/")[2] if _is_problem(answer) else ""
    return f"{answer.status_code} {kind}".strip()


def _is_problem(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type") == "application/problem+json"
