"""KMD Logic's adapters under the contract that every provider's pass."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from registerbro.registers.calling import Caller
from registerbro.registers.logic import LogicLookup
from registerbro.registers.logic_feed import LogicFeed
from registerbro.registers.port import ChangeEvent
from registerbro.registers.settings import LogicSettings

from tests.support.register_caller import calling
from tests.support.register_contract import (
    BROKEN,
    CEASED,
    COMPANY,
    UNIT,
    FeedContract,
    ForgettingFeedContract,
    LookupContract,
    Sample,
    Stand,
)
from tests.support.register_server import Asked, Behaviour, Reply, register_server, said

SETTINGS = LogicSettings(
    client_id="logic-client",
    client_secret=SecretStr("not used"),
    scope="scope",
    subscription_id=uuid.UUID(int=7),
    configuration_id=uuid.UUID(int=9),
    page_size=2,
)
PREFIX = f"/subscriptions/{SETTINGS.subscription_id}/cvr"
CONFIGURATION = {"configurationId": str(SETTINGS.configuration_id)}


def company(sample: Sample) -> dict[str, Any]:
    """A company as the service writes it."""
    ended = sample.ceased_on.isoformat() if sample.ceased_on else None
    return {
        "id": sample.object_id,
        "cvrNumber": str(sample.number),
        "companyName": sample.name,
        "companyDetails": {"businessStartDate": "2011-01-01", "cessationDate": ended},
    }


UNITS: dict[str, dict[str, Any]] = {
    f"/by-cvr/{COMPANY.number}": company(COMPANY),
    f"/by-id/{COMPANY.object_id}": company(COMPANY),
    f"/by-cvr/{CEASED.number}": company(CEASED),
    f"/by-cvr/{BROKEN.number}": company(BROKEN) | {"companyName": {"of": "another type"}},
}
UNIT_ANSWER = {
    "id": UNIT.object_id,
    "pNumber": str(UNIT.number),
    "cvrNumber": str(UNIT.company),
    "productionUnitName": UNIT.name,
}
UNITS[f"/production-unit-detail/{UNIT.number}"] = UNIT_ANSWER
UNITS[f"/production-unit-detail-by-id/{UNIT.object_id}"] = UNIT_ANSWER


@dataclasses.dataclass(slots=True)
class LogicServer:
    """Answers as the service does; subscribes whatever is asked."""

    events: list[ChangeEvent] = dataclasses.field(default_factory=list)
    subscribed: set[str] = dataclasses.field(default_factory=set)
    behaviour: Behaviour | None = None

    def __call__(self, asked: Asked) -> Behaviour:
        if self.behaviour is not None:
            return self.behaviour
        path = asked.path.removeprefix(PREFIX)
        if path == "/subscribed-events":
            return self._events(asked)
        if path.startswith(("/subscribe/", "/unsubscribe/")):
            return self._change(path)
        if path == f"/configurations/{SETTINGS.configuration_id}":
            return said({"id": str(SETTINGS.configuration_id), "provider": "FakeProvider"})
        if path == f"/production-units/by-cvr/{COMPANY.number}":
            return said([{"PNumber": int(str(UNIT.number)), "ProductionUnitName": UNIT.name}])
        return said(UNITS[path]) if path in UNITS else said("Not found", 404)

    def _events(self, asked: Asked) -> Behaviour:
        begins, ends = (dt.datetime.fromisoformat(asked.query[name]) for name in ("dateFrom", "dateTo"))
        happened = [event for event in self.events if begins <= event.at <= ends]
        size = int(asked.query["pageSize"])
        page = happened[(int(asked.query["pageNo"]) - 1) * size :][:size]
        shown = [
            {
                "id": event.object_id,
                "objectType": event.about,
                "action": event.action,
                "actionDateTime": event.at.isoformat(),
            }
            for event in page
        ]
        return said({"events": shown, "actualCount": len(page)})

    def _change(self, path: str) -> Behaviour:
        """The second time is a 400 that does not say why."""
        _, action, object_id = path.split("/")
        if (action == "subscribe") == (object_id in self.subscribed):
            return said({"objectId": "BadRequest"}, 400)
        if action == "subscribe":
            self.subscribed.add(object_id)
            return said("Subscribed")
        self.subscribed.discard(object_id)
        return Reply(204)


@dataclasses.dataclass(slots=True)
class LogicStand:
    """The adapters in front of the server."""

    server: LogicServer
    lookup: LogicLookup
    feed: LogicFeed

    @classmethod
    def of(cls, server: LogicServer, caller: Caller) -> "LogicStand":
        return cls(server, LogicLookup(caller, SETTINGS, at_once=2), LogicFeed(caller, SETTINGS))

    def answer_all(self, behaviour: Behaviour) -> None:
        self.server.behaviour = behaviour

    def happens(self, *events: ChangeEvent) -> None:
        self.server.events.extend(events)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    server = LogicServer()
    async with register_server(server) as running, calling(running.url + PREFIX) as caller:
        yield LogicStand.of(server, caller)


class TestLogicLookup(LookupContract):
    """KMD Logic's."""


class TestLogicFeed(FeedContract, ForgettingFeedContract):
    """KMD Logic's."""
