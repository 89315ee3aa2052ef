"""Both of Datafordeleren's feeds: how far they are read, what they tell, and when what was missed must be told."""

import datetime as dt
import json
from typing import Any

import pytest
import structlog
from registerbro.cvr.reading import DENMARK
from registerbro.registers.datafordeler.graphql_events import GraphqlFeed
from registerbro.registers.datafordeler.pull import LATE, PullFeed
from registerbro.registers.errors import FeedGap, FieldUnusable, PositionUnusable, Refused
from registerbro.registers.port import ChangeEvent, Feed, FeedPage

from tests.support.datafordeler_server import Directly, GraphqlServer, PullServer, message
from tests.support.register_server import Asked, Reply, said

NOW = dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)  # the first of July in Denmark
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
COMPANY, UNIT, OTHER = "4999000001", "4999000002", "4999000003"


async def read(feed: Feed, position: str, now: dt.datetime = NOW) -> list[FeedPage]:
    return [page async for page in feed.pages(position, now)]


def ids(pages: list[FeedPage]) -> list[str]:
    return [event.object_id for page in pages for event in page.events]


def graphql_position(event: int) -> str:
    return json.dumps({"provider": "datafordeler-graphql", "event": event})


@pytest.fixture
def server() -> GraphqlServer:
    return GraphqlServer()


@pytest.fixture
def feed(server: GraphqlServer) -> GraphqlFeed:
    return GraphqlFeed(Directly(server), page_size=2)


async def test_an_import_that_still_runs_is_not_read(server: GraphqlServer, feed: GraphqlFeed) -> None:
    server.happened(COMPANY, NOW, sequence=5)
    finished = dict(server.watermark)
    server.happened(OTHER, NOW, sequence=3, eventaction="d")
    server.happened(UNIT, NOW, sequence=6)
    everything, server.watermark = server.watermark, finished
    before = await read(feed, graphql_position(0))
    assert ids(before) == [COMPANY]
    assert before[-1].until == dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    server.watermark = everything
    assert ids(await read(feed, before[-1].position)) == [OTHER, UNIT]


async def test_a_sequence_number_holds_events_back_whatever_their_ids(
    server: GraphqlServer, feed: GraphqlFeed
) -> None:
    for object_id, sequence in ((COMPANY, 5), (UNIT, 6), (OTHER, 5)):
        server.happened(object_id, NOW, sequence=sequence)
    server.watermark |= {"lastSequenceNumber": 5}
    pages = await read(feed, graphql_position(0))
    assert ids(pages) == [COMPANY]
    assert pages[-1].position == graphql_position(1).replace(" ", "")


async def test_duplicates_of_a_failed_import_are_left_out_and_passed(
    server: GraphqlServer, feed: GraphqlFeed
) -> None:
    server.happened(COMPANY, NOW)
    server.happened(COMPANY, NOW, fromfailedimport=True)
    server.happened(COMPANY, NOW)
    server.events[-1]["object_id"] = None
    pages = await read(feed, graphql_position(0))
    assert ids(pages) == [COMPANY]
    assert json.loads(pages[-1].position)["event"] == 3


async def test_what_an_event_says(server: GraphqlServer, feed: GraphqlFeed) -> None:
    at = NOW - HOUR
    server.happened(COMPANY, at, entityname="Navn", object_virkningfra="2026-07-02")
    server.happened(COMPANY, at, entityname="Branche", object_virkningfra="2026-07-01")
    server.happened(COMPANY, at, eventaction="d", object_virkningfra="2026-07-02")
    server.happened(COMPANY, at, datafordelerOpdateringstid=None)
    events = [event for page in await read(feed, graphql_position(0)) for event in page.events]
    assert events == [
        ChangeEvent(COMPANY, "Navn", "i", at, effective_on=dt.date(2026, 7, 2)),
        ChangeEvent(COMPANY, "Branche", "i", at),
        ChangeEvent(COMPANY, "Navn", "d", at),
        ChangeEvent(COMPANY, "Navn", "i", NOW),
    ]


async def test_a_page_tells_how_far_it_goes(server: GraphqlServer, feed: GraphqlFeed) -> None:
    for hours in (4, 3, 2):
        server.happened(COMPANY, NOW - hours * HOUR)
    server.watermark |= {"lastUpdated": "2026-07-01T00:20:00.000000Z"}
    first, last = await read(feed, graphql_position(0))
    assert (first.until, last.until) == (NOW - 3 * HOUR, NOW - 10 * MINUTE)


async def test_reading_in_between_costs_two_calls(server: GraphqlServer, feed: GraphqlFeed) -> None:
    server.happened(COMPANY, NOW)
    position = await feed.beginning(NOW)
    server.questions.clear()
    assert ids(await read(feed, position)) == []
    assert server.questions == ["DAF_RegisterImportStatus", "CVR_Events"]


async def test_events_that_are_no_longer_kept(server: GraphqlServer, feed: GraphqlFeed) -> None:
    for _ in range(5):
        server.happened(COMPANY, NOW)
    del server.events[:3]
    assert ids(await read(feed, graphql_position(3))) == [COMPANY] * 2
    for position in (1, 2):
        with pytest.raises(FeedGap):
            await read(feed, graphql_position(position))


async def test_a_position_ahead_of_everything_is_a_gap(server: GraphqlServer, feed: GraphqlFeed) -> None:
    """The register was set up anew, and counts from one again."""
    server.happened(COMPANY, NOW)
    with pytest.raises(FeedGap):
        await read(feed, graphql_position(700))


async def test_an_event_that_is_hidden_from_us_is_no_gap(server: GraphqlServer, feed: GraphqlFeed) -> None:
    for _ in range(3):
        server.happened(COMPANY, NOW)
    del server.events[1]
    assert ids(await read(feed, graphql_position(2))) == [COMPANY]


@pytest.mark.parametrize(
    "position",
    [
        '{"provider":"datafordeler-rest","stored_at":"2026-06-30T12:00:00Z","id":7}',
        '{"provider":"datafordeler-graphql"}',
        '{"provider":"datafordeler-graphql","event":"syv"}',
        "[]",
    ],
)
async def test_positions_that_are_not_the_feeds(feed: GraphqlFeed, position: str) -> None:
    with pytest.raises(PositionUnusable):
        await read(feed, position)


async def test_an_event_of_another_shape_is_named(server: GraphqlServer, feed: GraphqlFeed) -> None:
    server.happened(COMPANY, NOW, entityname=None)
    with pytest.raises(FieldUnusable) as caught:
        await read(feed, graphql_position(0))
    assert caught.value.path == "data.CVR_Events.nodes[0].entityname"


async def test_events_that_never_end_are_noticed(server: GraphqlServer) -> None:
    """A server that does not know the filter."""
    server.happened(COMPANY, NOW)
    connection = {"pageInfo": {"hasNextPage": True}, "nodes": server.events}
    answers = {
        "DAF_RegisterImportStatus": {"DAF_RegisterImportStatus": server.watermark},
        "CVR_Events": {"CVR_Events": connection},
    }
    feed = GraphqlFeed(Directly(lambda asked: said({"data": answers[_root(asked)]})))
    with pytest.raises(FieldUnusable, match="again"):
        await read(feed, graphql_position(0))


def _root(asked: Asked) -> str:
    return "CVR_Events" if b"CVR_Events" in asked.body else "DAF_RegisterImportStatus"


@pytest.fixture
def stream() -> PullServer:
    return PullServer()


@pytest.fixture
def pull(stream: PullServer) -> PullFeed:
    return PullFeed(Directly(stream), page_size=3)


async def test_messages_over_several_pages_each_told_once(stream: PullServer, pull: PullFeed) -> None:
    begun = await pull.beginning(NOW - 2 * HOUR)
    stream.messages += [message(number, COMPANY, NOW - HOUR) for number in (7, 8, 11, 8, 9, 12)]
    pages = await read(pull, begun)
    assert [len(page.events) for page in pages] == [3, 3, 0]
    assert ids(await read(pull, pages[-1].position)) == []
    stream.messages.append(message(13, UNIT, NOW))
    assert ids(await read(pull, pages[-1].position)) == [UNIT]


@pytest.mark.parametrize("zone", [DENMARK, dt.UTC])
async def test_a_message_that_comes_late_is_told(stream: PullServer, pull: PullFeed, zone: dt.tzinfo) -> None:
    stream.zone = zone
    begun = await pull.beginning(NOW - 5 * HOUR)
    stream.messages += [message(7, COMPANY, NOW - 2 * HOUR), message(9, COMPANY, NOW - HOUR)]
    position = (await read(pull, begun))[-1].position
    stream.messages.insert(1, message(8, UNIT, NOW - HOUR - MINUTE))
    late = await read(pull, position)
    assert ids(late) == [UNIT]
    assert ids(await read(pull, late[-1].position)) == []


async def test_reading_again_from_an_older_position_tells_all_again(
    stream: PullServer, pull: PullFeed
) -> None:
    begun = await pull.beginning(NOW - 5 * HOUR)
    stream.messages += [message(number, COMPANY, NOW - HOUR) for number in range(4)]
    first, again = await read(pull, begun), await read(pull, begun)
    assert ids(first) == ids(again) == [COMPANY] * 4


@pytest.mark.parametrize("month", [1, 7])
async def test_the_newest_message_is_read_whichever_zone_the_bounds_are_in(
    stream: PullServer, pull: PullFeed, month: int
) -> None:
    now = dt.datetime(2026, month, 1, 12, tzinfo=dt.UTC)
    begun = await pull.beginning(now - MINUTE)
    stream.messages.append(message(1, COMPANY, now))
    assert ids(await read(pull, begun, now)) == [COMPANY]


async def test_messages_that_are_no_longer_kept(stream: PullServer, pull: PullFeed) -> None:
    stream.messages.append(message(7, COMPANY, NOW - 40 * HOUR))
    position = (await read(pull, await pull.beginning(NOW - 41 * HOUR)))[-1].position
    stream.messages[:] = [message(number, UNIT, NOW - HOUR) for number in (70, 71, 72, 73)]
    pages = pull.pages(position, NOW)
    assert (await anext(pages)).position == position  # it stays until what was read last is seen again
    with pytest.raises(FeedGap):
        await anext(pages)


async def test_all_objects_of_a_message_and_only_those_of_cvr(stream: PullServer, pull: PullFeed) -> None:
    several = message(1, COMPANY, NOW)
    filtering = several["Message"]["Grunddatabesked"]["Hændelsesbesked"]["Beskedkuvert"]["Filtreringsdata"]
    filtering["Objektregistrering"] += [
        {"objektID": UNIT},
        {"objektID": "0a3f50b8-1c2d-32b8-e044-0003ba298018", "objekttype": "Husnummer"},
    ]
    filtering["RelateretObjekt"] = [{"objektID": OTHER, "objekttype": "Virksomhed"}]
    stream.messages.append(several)
    (page,) = await read(pull, await pull.beginning(NOW - HOUR))
    assert page.events == (
        ChangeEvent(COMPANY, "Navn", "Aendret", NOW),
        ChangeEvent(UNIT, "NavnCreate", "NavnCreate", NOW),
        ChangeEvent(OTHER, "Virksomhed", "NavnCreate", NOW),
    )


@pytest.mark.parametrize(
    "content", ["<xml/>", {"Grunddatabesked": []}, {"Grunddatabesked": {"Hændelsesbesked": 7}}]
)
async def test_a_message_that_cannot_be_read_does_not_hold_up_the_others(
    stream: PullServer, pull: PullFeed, content: Any
) -> None:
    stream.messages += [{**message(1, COMPANY, NOW), "Message": content}, message(2, UNIT, NOW)]
    with structlog.testing.capture_logs() as logs:
        pages = await read(pull, await pull.beginning(NOW - HOUR))
    assert ids(pages) == [UNIT]
    assert [each["message_id"] for each in logs] == ([] if content == {"Grunddatabesked": []} else [1])


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"besked": []}, "the answer"),
        ([{"Timestamp": "2026-06-30T12:00:00Z"}], "[0].Id"),
        ([{"Id": 1}], "[0].Timestamp"),
        ([{"Id": 1, "Timestamp": "i dag"}], "[0].Timestamp"),
    ],
)
async def test_a_page_of_another_shape_is_named(answer: Any, path: str) -> None:
    feed = PullFeed(Directly(lambda _: said(answer)))
    with pytest.raises(FieldUnusable) as caught:
        await read(feed, await feed.beginning(NOW))
    assert caught.value.path == path


async def test_pages_that_never_end_are_noticed() -> None:
    """A server that does not know the parameter ``page``."""
    feed = PullFeed(Directly(lambda _: said([message(1, COMPANY, NOW)])), page_size=1)
    with pytest.raises(FieldUnusable, match="again"):
        await read(feed, await feed.beginning(NOW))


async def test_a_refused_question() -> None:
    feed = PullFeed(Directly(lambda _: Reply(400, b"datefrom")))
    with pytest.raises(Refused):
        await read(feed, await feed.beginning(NOW))


async def test_a_position_does_not_grow_without_end(stream: PullServer, pull: PullFeed) -> None:
    begun = await pull.beginning(NOW - 9 * HOUR)
    stream.messages += [message(2 * number, COMPANY, NOW - HOUR) for number in range(1500)]
    stream.messages += [message(2 * number, COMPANY, NOW - HOUR - 2 * LATE) for number in range(1500, 1510)]
    position = (await read(PullFeed(Directly(stream), page_size=1000), begun))[-1].position
    assert len(json.loads(position)["recent"]) == 1000
    assert len(ids(await read(PullFeed(Directly(stream), page_size=1000), position))) == 500


@pytest.mark.parametrize(
    "position",
    [
        '{"provider":"datafordeler-rest"}',
        '{"provider":"datafordeler-rest","stored_at":"nu"}',
        '{"provider":"datafordeler-rest","stored_at":"2026-06-30T12:00:00Z","id":"x"}',
        '{"provider":"datafordeler-rest","stored_at":"2026-06-30T12:00:00Z","id":1,"recent":[[1]]}',
    ],
)
async def test_positions_that_are_not_the_streams(pull: PullFeed, position: str) -> None:
    with pytest.raises(PositionUnusable):
        await read(pull, position)
