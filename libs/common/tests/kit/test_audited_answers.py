"""No audit row, no answer, over HTTP; and a stop that hangs ends all the same."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from registerbro.audit import Purpose
from registerbro.auth import CurrentCaller, DevelopmentIssuer, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.lifecycle import Lifecycle, Phase
from registerbro.service import CurrentService, Parts, build
from registerbro.settings import Settings

from tests.support.services import bearer, running

router = APIRouter()
register_calls: list[str] = []


class Lookup(Purpose):
    """Asks for a person."""

    number: str


class Answer(BaseModel):
    """What a register said."""

    name: str


@router.post("/persons/lookup")
async def look_up(lookup: Lookup, caller: CurrentCaller, service: CurrentService) -> Answer:
    """Asks, is recorded, answers."""
    inquiry = await service.audit.asked(caller, "lookup", lookup, number=CprNumber.parse(lookup.number))
    register_calls.append("asked")
    answer = Answer(name="Ida Eksempel")
    await service.audit.delivered(inquiry, contact_ids=[7], fields=["name"])
    return answer


PARTS = Parts(routers=[router], scopes={("POST", "/persons/lookup"): Scope.PERSONS_LOOKUP})
BODY = {"number": "2504619996", "purpose": "child support"}
ONLY = "alter table audit_log add constraint only_some check (stage = '{}') not valid"


@pytest.mark.parametrize(("still_written", "calls"), [("delivered", 0), ("asked", 1)])
async def test_nothing_is_delivered_without_its_row(
    service_settings: Settings, pool: Pool, issuer: DevelopmentIssuer, still_written: str, calls: int
) -> None:
    """The row of the question, then the row of the answer, cannot be written."""
    register_calls.clear()
    headers = bearer(issuer.token(Scope.PERSONS_LOOKUP))
    async with running(build("demo", title="Demo", settings=service_settings, parts=PARTS)) as client:
        assert (await client.post("/persons/lookup", json=BODY, headers=headers)).json() == {
            "name": "Ida Eksempel"
        }
        register_calls.clear()
        await pool.execute(ONLY.format(still_written))
        refused = await client.post("/persons/lookup", json=BODY, headers=headers)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "audit-unavailable")
    assert refused.headers["retry-after"] == "5"
    assert "Ida" not in refused.text
    assert len(register_calls) == calls


async def test_a_part_that_does_not_close_is_left_behind() -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def first() -> AsyncIterator[None]:
        try:
            yield
        finally:
            closed.append("first")

    @asynccontextmanager
    async def stuck() -> AsyncIterator[None]:
        yield
        await asyncio.Event().wait()

    lifecycle = Lifecycle(closing=dt.timedelta(milliseconds=20))
    async with asyncio.timeout(10):
        async with lifecycle.run([first, stuck]):
            assert lifecycle.phase is Phase.READY
    assert closed == ["first"], "the others are closed nevertheless"
