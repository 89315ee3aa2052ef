"""CPR's list of subscribed numbers against the store: compared in both directions, shown, and put right on request."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.contacts import merge
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.privacy import is_suspect
from registerbro.subscriptions import correcting, listing, reconciliation
from registerbro.subscriptions.correcting import Applied
from registerbro.subscriptions.errors import ListRefused, ReconciliationSuperseded, ReconciliationUnknown
from registerbro.subscriptions.reconciliation import DifferenceKind, DifferenceOutcome, Reconciliation

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.deliveries import BATCH, NOW, delivery
from tests.support.filled_stores import fill, numbers_of
from tests.support.waiting import until

from .conftest import Persons

DORA, EMIL = "0404741999", "0505751999"
HERE, THERE, UNKNOWN = DifferenceKind
CORRECTED, NEWER_KNOWN = DifferenceOutcome.CORRECTED, DifferenceOutcome.NEWER_KNOWN
DAY = dt.date(2024, 1, 10)


async def streamed(content: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def listed(numbers: Iterable[str]) -> bytes:
    return "".join(f"{number}\n" for number in numbers).encode()


async def compare(pool: Pool, *numbers: str, as_of: dt.date | None = None) -> Reconciliation:
    async with pool.acquire() as connection:
        content = streamed(listed(numbers))
        return await reconciliation.compare(connection, content, by="clara", name="liste", as_of=as_of)


async def found(pool: Pool, compared: Reconciliation) -> dict[DifferenceKind, set[Any]]:
    shown: dict[DifferenceKind, set[Any]] = {kind: set() for kind in DifferenceKind}
    for each in await reconciliation.differences(pool, compared.reconciliation_id, size=1_000_000):
        shown[each.kind].add(each.contact_id or (each.number and each.number.value))
    return shown


async def apply(pool: Pool, compared: Reconciliation) -> Applied:
    return await correcting.apply(pool, compared.reconciliation_id, by="clara")


async def test_list_and_store_are_compared_in_both_directions(persons: Persons) -> None:
    anna = await persons.add(ANNA, is_subscribed=True)
    bent = await persons.add(BENT, former_numbers=(DORA,))
    await persons.add(EMIL)
    await persons.placeholder(CARL)
    compared = await compare(persons.pool, CARL, DORA, BENT, "0606761999", CARL)
    assert (compared.name, compared.listed, compared.compared_by) == ("liste", 4, "clara")
    assert compared.counts == {
        "agreed": 1, "missing-here": 1, "missing-at-cpr": 1, "unknown-person": 2, "overtaken": 0
    }  # fmt: skip
    assert await found(persons.pool, compared) == {HERE: {bent}, THERE: {anna}, UNKNOWN: {CARL, "0606761999"}}
    shown = await reconciliation.differences(persons.pool, compared.reconciliation_id)
    assert not is_suspect(str(shown))
    assert await reconciliation.page(persons.pool) == [compared]
    states = await persons.states()
    assert (states[anna], states[bent]) == ((True, None), (False, None)), "nothing is changed by a look"


async def test_differences_come_in_pages_and_by_kind(persons: Persons) -> None:
    ids = [await persons.add(each, is_subscribed=True) for each in (ANNA, BENT)]
    compared = await compare(persons.pool, CARL, DORA)
    number = compared.reconciliation_id
    first, second = await reconciliation.differences(persons.pool, number, kind=THERE)
    assert [first.contact_id, second.contact_id] == ids
    assert await reconciliation.differences(persons.pool, number, kind=THERE, size=1) == [first]
    rest = await reconciliation.differences(persons.pool, number, kind=THERE, after=first.difference_id)
    assert rest == [second]


async def test_applied_the_store_says_what_the_list_says_and_cpr_is_told_of_other_wishes(
    persons: Persons,
) -> None:
    anna = await persons.add(ANNA, is_subscribed=True, wish=True)
    bent = await persons.add(BENT, wish=False)
    carl = await persons.add(CARL, is_subscribed=True)
    compared = await compare(persons.pool, BENT, CARL)
    assert await apply(persons.pool, compared) == Applied({CORRECTED: 2}, subscribed=1, unsubscribed=1)
    assert await persons.states() == {anna: (False, True), bent: (True, False), carl: (True, None)}
    assert await persons.events("cpr.subscription.changed") == [
        {"contact_id": anna, "is_subscribed": False},
        {"contact_id": bent, "is_subscribed": True},
    ]
    assert await persons.requested() == [(anna, True), (bent, False)]
    shown = await reconciliation.differences(persons.pool, compared.reconciliation_id)
    assert {each.outcome for each in shown} == {CORRECTED}
    done = await reconciliation.load(persons.pool, compared.reconciliation_id)
    assert (done.applied_by, done.applied_at is None) == ("clara", False)


async def test_differences_of_the_kinds_that_are_named_are_put_right_and_the_others_stay_open(
    persons: Persons,
) -> None:
    anna = await persons.add(ANNA, is_subscribed=True)
    bent = await persons.add(BENT)
    compared = await compare(persons.pool, BENT)
    here, there = (Applied({CORRECTED: 1}, 1, 0), Applied({CORRECTED: 2}, 1, 1))
    which = compared.reconciliation_id
    assert await correcting.apply(persons.pool, which, by="clara", kinds=[HERE]) == here
    states = await persons.states()
    assert (states[anna][0], states[bent][0]) == (True, True)
    async with persons.pool.acquire() as connection:
        assert await correcting.forecast(connection, which) == Applied({CORRECTED: 1}, 0, 1)
    assert await apply(persons.pool, compared) == there
    assert not (await persons.states())[anna][0]


async def test_applied_again_nothing_is_written(persons: Persons) -> None:
    await persons.add(ANNA, is_subscribed=True)
    compared = await compare(persons.pool, BENT)
    first = await apply(persons.pool, compared)
    rows = "select xmin::text, source_record::text from source_record"
    stored, events = await persons.pool.fetch(rows), await persons.events("cpr.subscription.changed")
    assert await apply(persons.pool, compared) == first
    assert await persons.pool.fetch(rows) == stored
    await apply(persons.pool, await compare(persons.pool, BENT))
    assert await persons.pool.fetch(rows) == stored, "the same list again, on the same day"
    assert await persons.events("cpr.subscription.changed") == events


async def test_what_cpr_said_after_the_day_of_the_list_stays(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    await merge.apply(persons.pool, [delivery(ANNA, 10, subscribed=True)], BATCH, now=NOW)  # DAY
    compared = await compare(persons.pool, BENT, as_of=DAY)
    [difference] = await reconciliation.differences(persons.pool, compared.reconciliation_id, kind=THERE)
    assert (difference.is_overtaken, compared.counts["overtaken"]) == (True, 1)
    async with persons.pool.acquire() as connection:
        forecast = await correcting.forecast(connection, compared.reconciliation_id)
    assert forecast == Applied({NEWER_KNOWN: 1}, 0, 0) == await apply(persons.pool, compared)
    assert await persons.states() == {anna: (True, None)}
    compared = await compare(persons.pool, BENT, as_of=DAY + dt.timedelta(days=1))
    assert await apply(persons.pool, compared) == Applied({CORRECTED: 1}, 0, 1)


@pytest.mark.parametrize("is_listed", [True, False])
async def test_a_file_from_before_the_list_that_comes_late_does_not_undo_what_it_confirmed(
    persons: Persons, is_listed: bool
) -> None:
    anna = await persons.add(ANNA, is_subscribed=is_listed)
    await apply(persons.pool, await compare(persons.pool, ANNA if is_listed else BENT, as_of=DAY))
    await merge.apply(persons.pool, [delivery(ANNA, 9, subscribed=not is_listed)], BATCH, now=NOW)
    assert await persons.states() == {anna: (is_listed, None)}
    await merge.apply(persons.pool, [delivery(ANNA, 10, subscribed=not is_listed)], BATCH, now=NOW)
    assert await persons.states() == {anna: (not is_listed, None)}


async def test_of_two_lists_of_one_day_the_later_one_holds(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    for numbers, state in (((ANNA,), True), ((BENT,), False), ((ANNA,), True)):
        await apply(persons.pool, await compare(persons.pool, *numbers))
        assert await persons.states() == {anna: (state, None)}


async def test_a_later_list_supersedes_an_earlier_one_and_its_numbers_are_forgotten(persons: Persons) -> None:
    await persons.add(ANNA, is_subscribed=True)
    first, second = await compare(persons.pool, BENT), await compare(persons.pool, CARL)
    with pytest.raises(ReconciliationSuperseded):
        await apply(persons.pool, first)
    numbers = (
        "select reconciliation_id, number from cpr_reconciliation_difference where kind = 'unknown-person'"
    )
    kept = {row["reconciliation_id"]: row["number"] for row in await persons.pool.fetch(numbers)}
    assert kept == {first.reconciliation_id: None, second.reconciliation_id: CARL}
    assert await reconciliation.unknown_numbers(persons.pool, first.reconciliation_id) == []
    with pytest.raises(ReconciliationUnknown):
        await reconciliation.load(persons.pool, second.reconciliation_id + 1)
    with pytest.raises(ReconciliationUnknown):
        await correcting.apply(persons.pool, second.reconciliation_id + 1, by="clara")


async def test_unknown_persons_are_given_with_their_numbers_until_they_are_ended(persons: Persons) -> None:
    compared = await compare(persons.pool, BENT, CARL, DORA)
    number = compared.reconciliation_id
    unknown = await reconciliation.unknown_numbers(persons.pool, number)
    assert {each.number for each in unknown} == {CprNumber(each) for each in (BENT, CARL, DORA)}
    assert await reconciliation.unknown_numbers(persons.pool, number, size=1) == unknown[:1]
    assert await reconciliation.unknown_numbers(persons.pool, number, after=unknown[0].difference_id) == unknown[1:]  # fmt: skip
    ended = [each.difference_id for each in unknown[:2]]
    assert await reconciliation.note_ended(persons.pool, number, ended) == 2
    assert await reconciliation.note_ended(persons.pool, number, ended) == 0
    assert await reconciliation.unknown_numbers(persons.pool, number) == unknown[2:]
    await apply(persons.pool, compared)
    assert await reconciliation.unknown_numbers(persons.pool, number) == unknown[2:]


async def test_contacts_that_become_one_meanwhile_are_subscribed_if_one_was(persons: Persons) -> None:
    await persons.add(ANNA)
    bent = await persons.add(BENT, is_subscribed=True)
    carl = await persons.add(CARL, is_subscribed=True)
    await persons.add(DORA, is_subscribed=True)
    compared = await compare(persons.pool, ANNA, DORA)
    await persons.join(BENT, ANNA)
    await persons.join(CARL, DORA)
    await apply(persons.pool, compared)
    assert await persons.states() == {bent: (True, None), carl: (True, None)}


async def test_a_contact_that_others_are_changing_is_waited_for(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    compared = await compare(persons.pool, ANNA)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            newer = delivery(ANNA, 2, time=None, subscribed=False)
            await merge.apply(connection, [newer], BATCH, now=NOW)
            task = asyncio.create_task(apply(persons.pool, compared))
            await until(persons.is_waiting)
        assert await asyncio.wait_for(task, 20) == Applied({CORRECTED: 1}, 1, 0)
    assert await persons.states() == {anna: (True, None)}


BAD_LISTS = (
    (b"", None, "holds no number"),
    (b"\xef\xbb\xbf\r\n \n", None, "holds no number"),
    (listed([ANNA, "010170199", BENT]), 2, "ten digits"),
    (listed([ANNA, "", "0101701996;"]), 3, "ten digits"),
    (listed([ANNA, "0000000000"]), 2, "nobody"),
    (f"{ANNA}\n{BENT[:6]}-{BENT[6:]}x".encode(), 2, "ten digits"),
    (b"0101701996" * 1000, 1, "longer than any number"),
    (ANNA.encode("utf-16"), 1, "ten digits"),
)


@pytest.mark.parametrize("which", range(len(BAD_LISTS)))
async def test_a_single_bad_line_refuses_the_whole_list(persons: Persons, tmp_path: Path, which: int) -> None:
    content, line, reason = BAD_LISTS[which]
    path = tmp_path / "abonnenter.txt"
    path.write_bytes(content)
    await persons.add(ANNA, is_subscribed=True)
    async with persons.pool.acquire() as connection:
        for source in (path, streamed(content)):
            with pytest.raises(ListRefused, match=reason) as caught:
                await reconciliation.compare(connection, source, by="clara", name=path.name)
            assert (caught.value.name, caught.value.line) == (path.name, line)
            assert not is_suspect(str(caught.value))
        assert await reconciliation.page(connection) == []
        with pytest.raises(ListRefused, match="No such file"):
            await reconciliation.compare(connection, tmp_path / "nothing.txt", by="clara")
    compared = await compare(persons.pool, ANNA)
    assert (compared.listed, compared.counts["agreed"]) == (1, 1), "the connection and its table go on"


@given(
    numbers=st.lists(st.sampled_from([ANNA, BENT, CARL, "", "  "]), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    has_mark=st.booleans(),
    has_hyphens=st.booleans(),
    is_ended=st.booleans(),
    size=st.integers(1, 40),
)
async def test_a_list_is_read_in_any_segmentation_and_form(
    numbers: list[str], end: str, has_mark: bool, has_hyphens: bool, is_ended: bool, size: int
) -> None:
    shown = [f"{each[:6]}-{each[6:]}" if has_hyphens and each.strip() else each for each in numbers]
    text = end.join(shown) + (end if is_ended else "")
    content = text.encode("utf-8-sig" if has_mark else "utf-8")
    expected = [each for each in numbers if each.strip()]
    if not expected:
        return
    read = b"".join([block async for block in listing.numbers("liste", streamed(content, size))])
    assert read == listed(expected)


async def test_twenty_thousand_numbers_differ_as_plain_sets_do(persons: Persons, tmp_path: Path) -> None:
    await fill(persons.pool, 20_000)
    subscribed, others = await numbers_of(persons.pool)
    dice = random.Random(7)
    strangers = {f"3112{each:06}" for each in dice.sample(range(1_000_000), 500)} - subscribed.keys()
    at_cpr = {
        *(each for each in subscribed if dice.random() < 0.95),
        *(each for each in others if dice.random() < 0.1),
        *(strangers - others.keys()),
    }
    path = tmp_path / "abonnenter.txt"
    path.write_bytes(listed(dice.sample(sorted(at_cpr), len(at_cpr))))
    async with persons.pool.acquire() as connection:
        compared = await reconciliation.compare(connection, path, by="clara")
    expected: dict[DifferenceKind, set[Any]] = {
        HERE: {others[each] for each in others.keys() & at_cpr},
        THERE: set(subscribed.values()) - {subscribed[each] for each in subscribed.keys() & at_cpr},
        UNKNOWN: at_cpr - subscribed.keys() - others.keys(),
    }
    assert min(len(each) for each in expected.values()) > 100
    assert await found(persons.pool, compared) == expected
    assert compared.listed == len(at_cpr)
    applied = await apply(persons.pool, compared)
    assert applied == Applied(
        {CORRECTED: len(expected[HERE] | expected[THERE])}, len(expected[HERE]), len(expected[THERE])
    )
    now_subscribed, _ = await numbers_of(persons.pool)
    assert set(now_subscribed.values()) == {
        {**subscribed, **others}[each] for each in at_cpr - expected[UNKNOWN]
    }
    async with persons.pool.acquire() as connection:
        again = await reconciliation.compare(connection, path, by="clara")
    assert (again.counts["missing-here"], again.counts["missing-at-cpr"]) == (0, 0)
