"""However events about companies arrive, two stores that follow the same register become the same, each change applied once.

Both follow one world of the sandbox, each through a KMD Logic of its own. To one of them everything is told once, in order and in
time; to the other it is not. The clock of the synchronisations is ours: portions of the story lie further apart than KMD Logic's
windows overlap, so that what one window lacks is not made good by the next one.
"""

import collections
import contextlib
import dataclasses
import datetime as dt
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, cast

import orjson
import pytest
from cvr_subscription import synchronising
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.synchronising import Kind, Outcome, Reason, Synchronisation
from cvr_subscription.worker import Worker as SubscriptionWorker
from cvr_update.updates import Updates
from cvr_update.worker import Worker as UpdateWorker
from registerbro.cvr.mapping import ALL_FIELDS
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Unit
from registerbro.database import Pool, open_pool
from registerbro.registers.opening import opened
from registerbro.registers.port import Found, Lookup, Provider
from registerbro.registers.settings import CvrLimitSettings, CvrSettings
from registerbro.secrets import SecretStore
from registerbro_sandbox.companies import (
    Cease,
    Correct,
    CvrUnit,
    Entity,
    Reopen,
    Repeat,
    Step,
    World,
    happenings,
)
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.logic import LogicServer, LogicWrong
from registerbro_sandbox.logic.faults import At

from tests.support import snapshot
from tests.support.cvr_provider import CvrProvider
from tests.support.cvr_subscriber import open_subscriber
from tests.support.cvr_updates import imported, left, queued, switch_on, updates_of
from tests.support.postgres import temporary_database
from tests.support.sandbox_logic import TERMS, settings_of

HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)
BETWEEN_PORTIONS = 3 * HOUR  # KMD Logic's windows overlap by two
NO_LIMIT = CvrLimitSettings(calls_per_second=None)
COMPANIES = ("99000031", "99000074", "99000112", "99000139")
SHOPS = ("1990000002", "1990000003", "1990000006", "1990000011", "1990000014")
CEASED = "1990000013"
STRAY = "1990000020"  # in the store, and not subscribed
CAST = (*COMPANIES, *SHOPS, CEASED)
WITHHELD = LogicWrong(at=At.EVENTS, late_seconds=1)
DISORDERED = LogicWrong(at=At.EVENTS, duplicates=True, shuffled=True)
REPEATED = LogicWrong(at=At.EVENTS, duplicates=True, shuffled=True, rewind_seconds=8 * 3600)
STATE = frozenset({"contact", "contact_number", "address", "contact_reference"})
TOLD = ("dk.registerbro.contact.updated.v1", "dk.registerbro.cvr.update.applied.v1")
Portion: TypeAlias = Sequence[Callable[[World], Step]]
States: TypeAlias = Mapping[str, str]


class Clock:
    """The time at the register and of the synchronisations; it begins now, because subscriptions do."""

    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC) + MINUTE

    def passes(self, time: dt.timedelta) -> dt.datetime:
        """The time after it."""
        self.now += time
        return self.now


@dataclasses.dataclass
class Meanwhile:
    """A lookup during which something happens, once: after the register has answered, before anything of it is stored."""

    lookup: Lookup
    happens: Callable[[], Awaitable[Any]] | None

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        found = await self.lookup.find_many(numbers)
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()
        return found


@dataclasses.dataclass
class Follower:
    """A store that follows the register: synchronised and updated when it is told to."""

    logic: LogicServer
    subscriber: Subscriber
    updates: Updates
    positions: list[str] = dataclasses.field(default_factory=list)

    @property
    def pool(self) -> Pool:
        return self.updates.pool

    async def begin(self) -> None:
        """Everybody is imported, and all but one subscribed; nothing waits, nothing was told."""
        await switch_on(self.pool)
        for numbers in (CAST, [STRAY]):
            known = await self.updates.lookup.find_many(list(map(number_of, numbers)))
            await imported(self.pool, [unit for unit in known.values() if isinstance(unit, Unit)])
            if numbers is CAST:
                await SubscriptionWorker(self.subscriber).work()
        await self.update()
        await self.pool.execute("delete from outbox")
        await self.note_position()

    async def note_position(self) -> None:
        self.positions.append(await self.pool.fetchval("select position from cvrupdate_setting"))

    async def synchronise(self, *, full: bool = False) -> Synchronisation:
        made = await synchronising.synchronise(self.subscriber, reason=Reason.SCHEDULED, full=full)
        assert (made.outcome, made.kind) == (Outcome.DONE, Kind.FULL if full else Kind.INCREMENTAL)
        await self.note_position()
        return made

    async def rewind(self, draw: random.Random) -> None:
        await self.pool.execute("update cvrupdate_setting set position = $1", draw.choice(self.positions))

    async def update(self, meanwhile: Callable[[], Awaitable[Any]] | None = None) -> None:
        await self.work(self.updates.settings.units_at_once, meanwhile)
        assert await left(self.pool) == 0

    async def work(self, at_once: int, meanwhile: Callable[[], Awaitable[Any]] | None = None) -> None:
        """Updates so many contacts at once; something may happen while the first of them are updated."""
        updates = dataclasses.replace(
            self.updates,
            lookup=cast("Lookup", Meanwhile(self.updates.lookup, meanwhile)),
            settings=self.updates.settings.model_copy(update={"units_at_once": at_once}),
        )
        await UpdateWorker(updates).work()

    async def contact_id(self, number: str) -> int:
        found: int = await self.pool.fetchval(
            "select contact_id from contact_number where number = $1", number
        )
        return found

    async def told(self) -> collections.Counter[tuple[str, str]]:
        """How often each event about a contact that changed was sent, no two of them about the same version."""
        rows = [orjson.loads(row) for row in (await snapshot.events(self.pool)).elements()]
        told = [(row["type"], row["contact_id"], row["version"]) for row in rows if row["type"] in TOLD]
        assert len(told) == len(set(told))
        return collections.Counter((event, key) for event, key, _ in told)


@dataclasses.dataclass
class Pair:
    """The same story for both: one hears of it plainly."""

    world: World
    clock: Clock
    draw: random.Random
    story: Iterator[Portion]
    plain: Follower
    other: Follower
    states: list[States]

    async def goes_on(self) -> bool:
        """The next portion happens, and the plain store follows; False at the end of the story."""
        portion = next(self.story, None)
        if portion is None:
            return False
        self.clock.passes(BETWEEN_PORTIONS)
        for happening in portion:
            self.world.change(happening(self.world), at=self.clock.passes(SECOND))
        self.clock.passes(MINUTE)
        assert (await self.plain.synchronise()).events > 0
        await self.plain.update()
        self.states.append(await states(self.plain.pool))
        return True


async def told_again(pair: Pair) -> None:
    """The register tells events of hours before once more, at each of two synchronisations."""
    with faults(pair.other, REPEATED):
        for _ in range(2):
            await pair.other.synchronise()
            await pair.other.update()


async def late(pair: Pair) -> None:
    """Events become visible when their time was passed."""
    with faults(pair.other, WITHHELD):
        assert (await pair.other.synchronise()).events == 0
    pair.clock.passes(HOUR)
    await pair.other.synchronise()
    await pair.other.update()


async def almost_a_day_late(pair: Pair) -> None:
    """As ``late``, and later than windows overlap: only the daily look back finds them."""
    with faults(pair.other, WITHHELD):
        for _ in range(4):
            assert (await pair.other.synchronise()).events == 0
            pair.clock.passes(6 * HOUR)
    for _ in range(5):
        await pair.other.synchronise()
        pair.clock.passes(6 * HOUR)
    await pair.other.update()


async def rewound(pair: Pair) -> None:
    """The position is an earlier one, before what is new was read, and after it was applied."""
    await pair.other.rewind(pair.draw)
    await pair.other.synchronise()
    await pair.other.update()
    await pair.other.rewind(pair.draw)
    assert (await pair.other.synchronise()).events > 0
    await pair.other.update()


async def with_another_token(pair: Pair) -> None:
    """A full synchronisation comes amid updates; the task of a contact that it does not cover is obsolete."""
    await pair.other.synchronise()
    await queued(pair.other.pool, await pair.other.contact_id(STRAY))
    await pair.other.work(1, functools.partial(pair.other.synchronise, full=True))
    assert await left(pair.other.pool) == 1, "the obsolete task was skipped, and waits to be removed"
    await pair.other.update()


async def while_it_is_updated(pair: Pair) -> None:
    """The next portion happens, and its events are read, when the register has answered, and before that is stored."""
    await pair.other.rewind(pair.draw)
    await pair.other.synchronise()
    await queued(pair.other.pool, *[await pair.other.contact_id(number) for number in CAST])

    async def meanwhile() -> None:
        if await pair.goes_on():
            await pair.other.synchronise(full=pair.draw.random() < 0.3)

    await pair.other.update(meanwhile)


DISTURBANCES = (told_again, late, almost_a_day_late, rewound, with_another_token, while_it_is_updated)
PORTIONS = len(DISTURBANCES) + 1  # the last one takes two


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_same_store_with_each_change_applied_once(
    seed: int, postgres_url: str, template_database: str, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(temporary_database(postgres_url, template_database)) for _ in range(3)]
        async with told_twice(urls[:2], tmp_path, random.Random(seed)) as pair:
            before = await versions(pair.other.pool)
            for disturbed in pair.draw.sample(DISTURBANCES, len(DISTURBANCES)):
                assert await pair.goes_on()
                await disturbed(pair)
                assert await states(pair.other.pool) == pair.states[-1], disturbed.__name__
            assert not await pair.goes_on()

            assert await contents(pair.other.pool) == await contents(pair.plain.pool)
            for follower in (pair.plain, pair.other):
                assert await follower.told() == changes(pair.states)
                assert await versions(follower.pool) - before == collections.Counter(
                    {key: count for (event, key), count in changes(pair.states).items() if event == TOLD[0]}
                )
            await is_as_the_register_has_it(pair, urls[2])


async def is_as_the_register_has_it(pair: Pair, url: str) -> None:
    """What is subscribed is as a first import would make it now; who is not was left alone."""
    known = await pair.plain.updates.lookup.find_many(list(map(number_of, CAST)))
    async with open_pool(url, maximum=2) as fresh:
        await imported(fresh, [unit for unit in known.values() if isinstance(unit, Unit)])
        made = await states(fresh)
    assert {key: present(pair.states[-1][key]) for key in made} == {
        key: present(state) for key, state in made.items()
    }
    assert pair.states[-1][f"V{STRAY}"] == pair.states[0][f"V{STRAY}"]


@contextlib.asynccontextmanager
async def told_twice(urls: Sequence[str], directory: Path, draw: random.Random) -> AsyncIterator[Pair]:
    """Two followers of a new world, at the beginning of a story."""
    world, clock = World.begin(directory / "world", companies=30), Clock()
    async with following(urls[0], world, clock) as plain, following(urls[1], world, clock) as other:
        other.logic.faults.set(DISORDERED)
        yield Pair(world, clock, draw, story(draw), plain, other, [await states(plain.pool)])


@contextlib.asynccontextmanager
async def following(url: str, world: World, clock: Clock) -> AsyncIterator[Follower]:
    """A store with everybody in it; all but one are subscribed."""
    with LogicServer(world, TERMS) as logic:
        settings = CvrSettings(
            logic=settings_of(logic, page_size=20), limits=NO_LIMIT, update_fields=ALL_FIELDS
        )
        async with (
            open_pool(url, maximum=4) as pool,
            opened(pool, settings, Provider.KMD_LOGIC, secrets=SecretStore([])) as provider,
        ):
            updates = dataclasses.replace(updates_of(pool, provider.lookup), cvr=settings)
            subscriber = dataclasses.replace(
                open_subscriber(pool, CvrProvider(), now=lambda: clock.now), provider=provider, cvr=settings
            )
            follower = Follower(logic, subscriber, updates)
            await follower.begin()
            yield follower


@contextlib.contextmanager
def faults(follower: Follower, wrong: LogicWrong) -> Iterator[None]:
    """The register does this wrong; apart from that, it tells events twice, and backwards within a page."""
    follower.logic.faults.set(wrong)
    yield
    follower.logic.faults.set(DISORDERED)


def number_of(number: str) -> UnitNumber:
    return CvrNumber(number) if len(number) == 8 else PNumber(number)


# The story


def story(draw: random.Random) -> Iterator[Portion]:
    """A dozen changes in an order and in portions that are drawn; the first one is about who is not subscribed."""
    rest = [*KINDS, *draw.sample(KINDS[:4], 3)]
    draw.shuffle(rest)
    kinds = [is_renamed, *rest]
    cuts = [0, *sorted(draw.sample(range(1, len(kinds)), PORTIONS - 1)), len(kinds)]
    portions: list[list[Callable[[World], Step]]] = [
        [functools.partial(kind, draw) for kind in kinds[a:b]] for a, b in pairwise(cuts)
    ]
    portions[0].insert(0, stray_is_renamed)
    return iter(portions)


def units(world: World, *, living: bool, numbers: Sequence[str] = CAST) -> list[CvrUnit]:
    found = [world.by_number(number) for number in numbers]
    return [unit for unit in found if unit is not None and (unit.ended() is None) == living]


def is_renamed(draw: random.Random, world: World) -> Step:
    unit = draw.choice(units(world, living=True))
    return happenings.is_renamed(unit, f"Havnegade {draw.randrange(10**6)}", danish_day())


def moves(draw: random.Random, world: World) -> Step:
    return happenings.moves(world, draw.choice(units(world, living=True)), danish_day())


def works_otherwise(draw: random.Random, world: World) -> Step:
    return happenings.works_as(world, draw.choice(units(world, living=True)), (), danish_day())


def has_another_phone(draw: random.Random, world: World) -> Step:
    unit, number = draw.choice(units(world, living=True)), str(draw.randrange(20_000_000, 100_000_000))
    return happenings.is_reached_at(unit, Entity.PHONE, number, danish_day())


def ceases(draw: random.Random, world: World) -> Step:
    unit = draw.choice(units(world, living=True, numbers=COMPANIES))
    return Cease(object_id=unit.object_id, day=danish_day())


def reopens(draw: random.Random, world: World) -> Step:
    return Reopen(object_id=draw.choice(units(world, living=False)).object_id, day=danish_day())


def is_sold(draw: random.Random, world: World) -> Step:
    shop = draw.choice(units(world, living=True, numbers=SHOPS))
    buyers = [each for each in units(world, living=True, numbers=COMPANIES) if each.number != shop.company]
    return happenings.is_sold(shop, draw.choice(buyers), danish_day())


def is_corrected(draw: random.Random, world: World) -> Step:
    return Correct(object_id=draw.choice(units(world, living=True)).object_id)


def is_repeated(_draw: random.Random, _world: World) -> Step:
    return Repeat()


def stray_is_renamed(world: World) -> Step:
    [unit] = units(world, living=True, numbers=[STRAY])
    return happenings.is_renamed(unit, "Ingen Abonnent", danish_day())


KINDS = (
    is_renamed,
    moves,
    works_otherwise,
    has_another_phone,
    ceases,
    reopens,
    is_sold,
    is_corrected,
    is_repeated,
)


# The stores


async def contents(pool: Pool) -> Mapping[str, collections.Counter[str]]:
    """All tables of the store, but for when the register was asked."""
    return {
        table: collections.Counter({_text(row, "register_date"): count for row, count in rows.items()})
        for table, rows in (await snapshot.store(pool)).items()
    }


async def states(pool: Pool) -> States:
    """Contacts as they are, with all that belongs to them, by number."""
    found: dict[str, list[str]] = collections.defaultdict(list)
    for table, rows in (await snapshot.store(pool)).items():
        if table in STATE:
            for row in rows.elements():
                found[orjson.loads(row)["key"]].append(f"{table} {_text(row, 'version')}")
    return {key: "\n".join(sorted(lines)) for key, lines in found.items()}


async def versions(pool: Pool) -> collections.Counter[str]:
    """The number of each contact's versions."""
    rows = (await snapshot.store(pool))["contact_version"].elements()
    return collections.Counter(orjson.loads(row)["key"] for row in rows)


def present(state: str) -> list[str]:
    """A contact's state without addresses that ended: an import makes no former ones."""
    return [line for line in state.splitlines() if "address " not in line or "('end_date', 'null')" in line]


def _text(row: str, *columns: str) -> str:
    return str(sorted(snapshot.without(row, *columns).items()))


def changes(states: Sequence[States]) -> collections.Counter[tuple[str, str]]:
    """How often each contact became another one, as often as each of the two events should tell of it."""
    changed = [key for before, after in pairwise(states) for key in after if before.get(key) != after[key]]
    return collections.Counter((event, key) for key in changed for event in TOLD)
