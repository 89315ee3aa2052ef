"""Dead letters: listed page by page, replayed or discarded once, and silent about what is in them."""

import pytest
from registerbro.bus import dead_letters
from registerbro.bus.dead_letters import Which
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
        await dead_letters.discard(connection, letter.dead_letter_id, "sent by mistake")
        assert await dead_letters.find(connection) == []
        (closed,) = await dead_letters.find(connection, states=None)
        assert closed.discard_reason == "sent by mistake"
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
