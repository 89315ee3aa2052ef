"""Dead letters: listed page by page, replayed or discarded once, and silent about what is in them."""

import pytest
from registerbro.bus import dead_letters
from registerbro.bus.dead_letters import State, Which
from registerbro.database import Connection, Pool

from tests.support.bus import some_event


async def store(
    connection: Connection, body: bytes, consumer: str = "test.a", reason: str = "because"
) -> None:
    await dead_letters.store(
        connection, consumer=consumer, routing_key="contact.updated", body=body, reason=reason, attempts=1
    )


async def test_pages_newest_first(pool: Pool) -> None:
    async with pool.acquire() as connection:
        for number in range(5):
            await store(connection, b"%d" % number, consumer="test.a" if number % 2 else "test.b")
        first = await dead_letters.find(connection, page=2)
        second = await dead_letters.find(connection, page=2, below=first[-1].dead_letter_id)
        of_a = await dead_letters.find(connection, Which(consumer="test.a"))
        assert [letter.body for letter in (*first, *second)] == [b"4", b"3", b"2", b"1"]
        assert [letter.body for letter in of_a] == [b"3", b"1"]
        assert await dead_letters.count_open(connection) == {"test.a": 2, "test.b": 3}


async def test_the_same_message_is_shown_once_while_it_is_open(pool: Pool) -> None:
    """A consumer that died between storing and acknowledging stores it again."""
    body = some_event().to_cloudevent_json().encode()
    async with pool.acquire() as connection:
        await store(connection, body, reason="first")
        await store(connection, body, reason="second")
        (letter,) = await dead_letters.find(connection)
        assert letter.reason == "second"
        await dead_letters.discard(connection, letter.dead_letter_id, "seen")
        await store(connection, body)
        assert len(await dead_letters.find(connection, states=None)) == 2


async def test_discarding_keeps_the_reason_and_is_final(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await store(connection, b"x")
        (letter,) = await dead_letters.find(connection)
        await dead_letters.discard(
            connection, letter.dead_letter_id, "sent for 010160-1234 by mistake", by="olsen"
        )
        assert await dead_letters.find(connection) == []
        (closed,) = await dead_letters.find(connection, states=None)
        assert (closed.state, closed.discarded_by) == (State.DISCARDED, "olsen")
        assert closed.discard_reason == "sent for 010160-xxxx by mistake"
        for action in (
            dead_letters.discard(connection, letter.dead_letter_id, "again"),
            dead_letters.request_replay(connection, letter.dead_letter_id),
            dead_letters.request_replay(connection, 999),
        ):
            with pytest.raises(dead_letters.NotOpen):
                await action


async def test_what_is_in_a_message_does_not_show_in_its_repr(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await store(connection, b"0101601234")
        (letter,) = await dead_letters.find(connection)
    assert "0101601234" not in repr(letter)


async def test_many_are_chosen_by_what_they_are_and_the_oldest_first(pool: Pool) -> None:
    event = some_event()
    async with pool.acquire() as connection:
        for number in range(4):
            await store(
                connection, b"%d" % number, consumer="test.a" if number % 2 else "test.b", reason="100% odd"
            )
        await store(connection, event.to_cloudevent_json().encode(), reason="no such contact")
        ids = [letter.dead_letter_id for letter in await dead_letters.find(connection)][::-1]

        async def asked(which: Which, most: int = 10) -> list[int]:
            assert await dead_letters.request_replays(connection, which, by="olsen", most=most) <= most
            found = await dead_letters.find(connection, states=[State.REPLAY_REQUESTED])
            return [letter.dead_letter_id for letter in found][::-1]

        assert await asked(Which(type=event.type)) == [ids[4]]
        assert await asked(Which(reason="0% o", consumer="test.a"), most=1) == [ids[1], ids[4]]
        assert await asked(Which(ids=[ids[0], 999])) == [ids[0], ids[1], ids[4]]
        count = await dead_letters.discard_many(connection, dead_letters.ALL, "enough", by="olsen", most=10)
        left = await dead_letters.find(connection)
    assert count == 2, "what is to be replayed is left alone"
    assert {letter.dead_letter_id for letter in left} == {ids[0], ids[1], ids[4]}
    assert {letter.replay_requested_by for letter in left} == {"olsen"}


async def test_a_letter_that_comes_again_before_its_replay_waits_for_a_decision_again(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await store(connection, b"x")
        (letter,) = await dead_letters.find(connection)
        await dead_letters.request_replay(connection, letter.dead_letter_id, by="olsen")
        await store(connection, b"x", reason="again")
        (letter,) = await dead_letters.find(connection)
    assert (letter.state, letter.replay_requested_by, letter.reason) == (State.OPEN, None, "again")
