"""The client of CPR Direkte on answers of the CPR office's demo environment, served byte for byte in every segmentation."""

import asyncio
import datetime as dt
import itertools
import re

import pytest
from cpr_direct.errors import PersonUnknown
from cpr_direct.gateway import Gateway
from cpr_direct.wire import AnswerParser, PersonAnswer
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.contacts.model import Channel, MappedContact, PartialDate, Precision, Protection, Role
from registerbro.cpr.mapping import MappingContext, map_person
from registerbro.cpr.numbers import CprNumber

from tests.reference.data import CPR, needs_testdata
from tests.support.direct_logons import KnownLogons
from tests.support.direct_server import DirectServer, send_in_bytes, settings_of

pytestmark = [needs_testdata, pytest.mark.reference]

ANSWERS = CPR / "direct"
GUARDED, MOTHER, PROTECTED, DEAD = map(CprNumber, ("0707611234", "0706611234", "0508611234", "0607621234"))
PERSONS = {"answer_2": MOTHER, "answer_4": PROTECTED, "answer_5": DEAD}
LONGEST = 1824
Day = dt.date


def content(name: str) -> bytes:
    return (ANSWERS / f"{name}.bin").read_bytes()


def segmented(cuts: list[int]) -> DirectServer:
    """A server that writes an answer in pieces, each on its own."""

    async def send(writer: asyncio.StreamWriter, answer: bytes) -> None:
        bounds = [0, *(cut for cut in cuts if cut < len(answer)), len(answer)]
        for start, end in itertools.pairwise(bounds):
            writer.write(answer[start:end])
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    return DirectServer(send=send)


async def looked_up(server: DirectServer, answer: bytes, number: CprNumber) -> PersonAnswer:
    """What the client makes of the answer."""
    async with server:
        told = settings_of(server)
        async with Gateway.open(told, KnownLogons(told)) as gateway:
            await gateway.logon()
            server.answers.append(answer)
            return await gateway.lookup(number)


def mapped(found: PersonAnswer) -> MappedContact:
    context = MappingContext(
        found.production_date, found.task_number, found.fetched_at, channel=Channel.ONLINE
    )
    return map_person(found.person, context=context)


async def contact(name: str, number: CprNumber) -> MappedContact:
    return mapped(await looked_up(DirectServer(), content(name), number))


def by_role(found: MappedContact, role: Role) -> list[str | None]:
    return [each.number or each.name for each in found.references if each.role is role]


async def test_nineteen_children() -> None:
    found = await contact("answer_2", MOTHER)
    assert len(by_role(found, Role.CHILD)) == len(set(by_role(found, Role.CHILD))) == 19
    assert found.fields["text"] == "Mortensen,Anne"
    assert by_role(found, Role.SPOUSE) == []
    assert found.info["Civilstand"] == ("F",)
    assert found.addresses["HA"].address1 == "Industrivænget 2,st tv"
    assert found.info["Status"] == ("01",)
    assert found.register_time.date == Day(2019, 8, 15)
    assert found.register_time.channel is Channel.ONLINE
    assert found.register_time.task == "038401"


async def test_three_protections() -> None:
    found = await contact("answer_4", PROTECTED)
    assert found.protections == (
        Protection("0001", Day(2016, 11, 10), Day(2096, 11, 10)),
        Protection("0002", Day(2005, 10, 17), Day(2105, 10, 17)),
        Protection("0003", Day(2005, 10, 17), Day(2105, 10, 17)),
    )
    assert found.addresses["HA"].protection == Day(2016, 11, 10)
    assert found.addresses["HA"].address3 == "c/o Kamma Schmidt"
    assert found.fields["name1"] == "Carsten Albinus"


async def test_the_dead() -> None:
    found = await contact("answer_5", DEAD)
    assert found.info["Status"] == ("90",)
    assert found.fields["end_date"] == Day(2005, 2, 5)
    assert "HA" not in found.addresses
    assert by_role(found, Role.SPOUSE) == []
    assert len(by_role(found, Role.CHILD)) == 6
    assert found.dates["Statusfra"] == (PartialDate("2005-02-05T10:34", Precision.MINUTE),)


async def test_an_error_number_goes_before_the_data_that_follow() -> None:
    with pytest.raises(PersonUnknown):
        await looked_up(DirectServer(), content("answer_1"), GUARDED)


async def test_the_guardian_in_the_data_behind_that_error() -> None:
    answer = content("answer_1")
    found = mapped(await looked_up(DirectServer(), answer[:22] + b"00" + answer[24:], GUARDED))
    assert found.dates["Umyndig"] == (PartialDate("2019-04-10", Precision.DAY, uncertain=True),)
    assert by_role(found, Role.GUARDIAN) == ["Terd"]
    assert len(by_role(found, Role.CHILD)) == 2


@pytest.mark.parametrize(("name", "number"), PERSONS.items(), ids=list(PERSONS))
async def test_byte_by_byte(name: str, number: CprNumber) -> None:
    found = await looked_up(DirectServer(send=send_in_bytes), content(name), number)
    whole = await looked_up(DirectServer(), content(name), number)
    assert found.person == whole.person


@pytest.mark.parametrize(("name", "number"), PERSONS.items(), ids=list(PERSONS))
def test_every_segmentation_gives_the_same_person(name: str, number: CprNumber) -> None:
    whole = asyncio.run(looked_up(DirectServer(), content(name), number))

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(1, LONGEST), max_size=30, unique=True).map(sorted))
    def each(cuts: list[int]) -> None:
        found = asyncio.run(looked_up(segmented(cuts), content(name), number))
        assert found.person == whole.person
        assert mapped(found).digest == mapped(whole).digest

    each()


@pytest.mark.parametrize(("name", "number"), PERSONS.items(), ids=list(PERSONS))
def test_every_byte_may_be_the_border_of_two_pieces(name: str, number: CprNumber) -> None:
    answer = content(name)
    for border in range(len(answer) + 1):
        parser = AnswerParser()
        parser.feed(answer[:border])
        parser.feed(answer[border:])
        found = PersonAnswer.of(parser.finish(), number, dt.datetime.now(dt.UTC))
        assert len(found.person.records) == int(answer[-8:])


@pytest.mark.parametrize(("name", "number"), PERSONS.items(), ids=list(PERSONS))
async def test_nothing_shows_whom_it_is_about(name: str, number: CprNumber) -> None:
    found = await looked_up(DirectServer(), content(name), number)
    shown = repr(found)
    assert not re.search(r"\d{10}|Mortensen|Svensson|Petersen", shown)
    assert number.value not in found.header
    assert content(name)[6:14].decode() not in shown
    assert found.header.startswith("038406********")
