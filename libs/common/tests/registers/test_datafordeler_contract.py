"""Datafordeleren's adapters under the contract that every provider's pass."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.graphql_events import GraphqlFeed
from registerbro.registers.datafordeler.pull import PullFeed
from registerbro.registers.datafordeler.rest import RestLookup
from registerbro.registers.port import ChangeEvent

from tests.support.datafordeler_server import GraphqlServer, PullServer, message, row
from tests.support.register_caller import calling
from tests.support.register_contract import (
    BROKEN,
    CEASED,
    COMPANY,
    UNIT,
    FeedContract,
    LookupContract,
    Sample,
    Stand,
)
from tests.support.register_server import Asked, Behaviour, register_server, said

COMPANIES = (COMPANY, CEASED, BROKEN)


def graphql_server() -> GraphqlServer:
    """The samples as rows; ``BROKEN`` has an address whose road is an object."""
    server = GraphqlServer()
    for sample in COMPANIES:
        server.add(
            "CVR_Virksomhed",
            row(
                sample.object_id,
                until=sample.ceased_on,
                id=sample.object_id,
                CVRNummer=int(str(sample.number)),
                status="inaktiv" if sample.ceased_on else "aktiv",
                virksomhedStartdato="2011-01-01",
                virksomhedOphoersdato=sample.ceased_on.isoformat() if sample.ceased_on else None,
            ),
        )
    server.add(
        "CVR_Produktionsenhed",
        row(
            UNIT.object_id,
            id=UNIT.object_id,
            pNummer=int(str(UNIT.number)),
            status="aktiv",
            produktionsenhedStartdato="2011-01-01",
            tilknyttetVirksomhedsCVRNummer=int(str(UNIT.company)),
        ),
    )
    for sample in (*COMPANIES, UNIT):
        server.add("CVR_Navn", row(sample.object_id, until=sample.ceased_on, vaerdi=sample.name, sekvens=0))
    server.add(
        "CVR_Adressering",
        row(
            BROKEN.object_id,
            AdresseringAnvendelse="beliggenhedsadresse",
            CVRAdresse_vejnavn={"of": "another"},
        ),
    )
    return server


@dataclasses.dataclass(slots=True)
class GraphqlStand:
    """The GraphQL adapters in front of the server."""

    server: GraphqlServer
    lookup: GraphqlLookup
    feed: GraphqlFeed

    def answer_all(self, behaviour: Behaviour) -> None:
        self.server.behaviour = behaviour

    def happens(self, *events: ChangeEvent) -> None:
        for event in events:
            self.server.happened(event.object_id, event.at)


def rest_unit(sample: Sample) -> dict[str, Any]:
    """A unit as the REST services write it."""
    if sample is UNIT:
        unit = {
            "Id": UNIT.object_id,
            "pNummer": str(UNIT.number),
            "tilknyttetVirksomhedsCVRNummer": str(UNIT.company),
        }
        return {"produktionsenhed": unit, "produktionsenhedsnavn": {"vaerdi": sample.name}}
    company = {
        "Id": sample.object_id,
        "CVRNummer": int(str(sample.number)),
        "status": "aktiv",
        "virksomhedOphoersdato": sample.ceased_on.isoformat() if sample.ceased_on else None,
    }
    name: Any = {"of": "another type"} if sample is BROKEN else sample.name
    return {"virksomhed": company, "virksomhedsnavn": {"vaerdi": name}}


@dataclasses.dataclass(slots=True)
class RestServer:
    """Answers as the REST services do; a ceased company only for a time at which it was there."""

    behaviour: Behaviour | None = None

    def __call__(self, asked: Asked) -> Behaviour:
        if self.behaviour is not None:
            return self.behaviour
        method = asked.path.rsplit("/", 1)[1]
        if method.startswith("soeg"):
            return said(list(self._named(method, asked.query["pNavn"])))
        for sample in (*COMPANIES, UNIT):
            if self._is_meant(sample, asked):
                answer = rest_unit(sample)
                if "pInkluderProduktionsenhedsnumre" in asked.query:
                    answer["produktionsenheder"] = [{"pNummer": str(UNIT.number)}]
                return said(answer)
        return said("not found", 404)

    @staticmethod
    def _is_meant(sample: Sample, asked: Asked) -> bool:
        is_unit = "Produktionsenhed" in asked.path
        keys = {"pCVRNummer": str(sample.number), "ppNummer": str(sample.number), "pId": sample.object_id}
        if is_unit != (sample is UNIT) or all(asked.query.get(key) != value for key, value in keys.items()):
            return False
        at = dt.datetime.fromisoformat(asked.query.get("pVirkningstid", "2026-05-04T12:00:00Z"))
        return sample.ceased_on is None or at.date() < sample.ceased_on

    @staticmethod
    def _named(method: str, prefix: str) -> Iterator[dict[str, Any]]:
        for sample in (COMPANY, UNIT):
            if (sample is UNIT) == ("Produktionsenhed" in method) and sample.name.startswith(prefix):
                yield rest_unit(sample)


@dataclasses.dataclass(slots=True)
class RestStand:
    """The REST lookup and the pulled messages, in front of their servers."""

    rest: RestServer
    messages: PullServer
    lookup: RestLookup
    feed: PullFeed
    ids: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(900001))

    def answer_all(self, behaviour: Behaviour) -> None:
        self.rest.behaviour = self.messages.behaviour = behaviour

    def happens(self, *events: ChangeEvent) -> None:
        for event in events:
            self.messages.messages.append(message(next(self.ids), event.object_id, event.at))


@pytest.fixture
async def graphql_stand() -> AsyncIterator[Stand]:
    server = graphql_server()
    async with register_server(server) as running, calling(f"{running.url}/CVR/v2") as caller:
        yield GraphqlStand(server, GraphqlLookup(caller), GraphqlFeed(caller, page_size=3))


@pytest.fixture
async def rest_stand() -> AsyncIterator[Stand]:
    rest, messages = RestServer(), PullServer()
    async with (
        register_server(rest) as lookups,
        register_server(messages) as events,
        calling(lookups.url) as caller,
        calling(f"{events.url}/system/EventMessages/1.0.0/custom") as events_caller,
    ):
        yield RestStand(rest, messages, RestLookup(caller), PullFeed(events_caller, page_size=3))


class TestGraphql(LookupContract, FeedContract):
    """GraphQL: lookups and ``CVR_Events``."""

    @pytest.fixture
    def stand(self, graphql_stand: Stand) -> Stand:
        return graphql_stand


class TestRest(LookupContract, FeedContract):
    """REST: lookups and pulled messages."""

    @pytest.fixture
    def stand(self, rest_stand: Stand) -> Stand:
        return rest_stand
