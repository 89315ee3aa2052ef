"""What an update does to contacts, to the queue, and to what is told of it."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from cvr_update import running, state
from cvr_update.worker import Worker
from registerbro import service_queue
from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import Part, UnitAddress
from registerbro.database import Pool
from registerbro.registers.errors import (
    CallRefused,
    CertificateExpired,
    FieldUnusable,
    NotJson,
    RegisterError,
    ServerFailed,
    ServerNotTrusted,
    Throttled,
    TimedOut,
    TokenRefused,
    Unreachable,
)
from registerbro.registers.port import Found

from tests.support.cvr_provider import CvrProvider, cvr_number, p_number, unit
from tests.support.cvr_updates import (
    companies,
    events,
    imported,
    imports,
    left,
    names,
    provider_of_three,
    queued,
    synchronised,
    updates_of,
)

RENAMED = "Nordhavn Vaerft A/S"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def provider() -> CvrProvider:
    return provider_of_three()


async def work(pool: Pool, provider: CvrProvider, **changes: object) -> int:
    return await Worker(updates_of(pool, provider, **changes)).work()


async def test_changed_contacts_are_brought_up_to_date_and_told_once(
    pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    provider.add(unit(cvr_number(1), RENAMED))
    assert await work(pool, provider) == 3
    assert await names(pool) == {
        ids[0]: "Havnegade Vaerft ApS",
        ids[1]: RENAMED,
        ids[2]: "Havnegade Vaerft ApS",
    }
    assert await left(pool) == 0
    (told,) = await events(pool, "cvr.update.applied")
    assert (told["contact_id"], told["version"], "name" in told["groups"]) == (ids[1], 2, True)
    noted = (await imports(pool))[ids[1]]
    assert (noted["logic_id"], noted["failure"], noted["attempts"]) == (
        provider.units[cvr_number(1)].object_id,
        None,
        0,
    )
    assert noted["updated_at"] is not None
    assert provider.calls == {"find_many": 1}
    await queued(pool, *ids)
    await work(pool, provider)
    assert len(await events(pool, "cvr.update.applied")) == 1


async def test_only_what_updates_set_is_set_and_what_is_not_delivered_stays(
    pool: Pool, provider: CvrProvider
) -> None:
    (contact_id,) = await imported(pool, companies(1))
    told = unit(
        cvr_number(0),
        RENAMED,
        start_date=dt.date(2020, 1, 1),
        address=UnitAddress(road="Kajen", house_number_from="2", postcode="5000", country_code="DK"),
        email="",
        phone="",
        delivers=frozenset(Part) - {Part.PHONE},
    )
    provider.add(told)
    await synchronised(pool, [contact_id])
    await work(pool, provider)
    (row,) = await pool.fetch("select start_date, name1 from contact where contact_id = $1", contact_id)
    (address,) = await pool.fetch("select address1, phone_no, email from address where address_type = 'HA'")
    assert tuple(row) == (dt.date(1999, 11, 1), RENAMED)
    assert tuple(address) == ("Kajen 2", "65500000", "")


async def test_a_contact_made_by_hand_is_updated_and_one_known_by_number_only_is_not(
    pool: Pool, provider: CvrProvider
) -> None:
    await pool.execute(
        "insert into contact (name_type, name_code, name1, version, is_placeholder)"
        " values ('J', $1, 'By hand', 1, false), ('J', $2, '', 1, true)",
        str(cvr_number(0)),
        str(cvr_number(1)),
    )
    await pool.execute(
        "insert into contact_number (name_type, number, contact_id, is_current)"
        " select name_type, name_code, contact_id, true from contact"
    )
    await synchronised(pool, [1])
    token = await pool.fetchval("select token from service_queue")
    await pool.execute("insert into service_queue (contact_id, token) values (2, $1)", token)
    await work(pool, provider)
    assert await names(pool) == {1: "Havnegade Vaerft ApS", 2: ""}
    assert await left(pool) == 0
    assert list(await imports(pool)) == [1]


async def test_a_unit_that_the_register_does_not_know_is_noted_and_its_contact_stays(
    pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    before = await pool.fetch("select * from contact")
    del provider.units[cvr_number(0)]
    await synchronised(pool, ids)
    await work(pool, provider)
    assert await pool.fetch("select * from contact") == before
    noted = (await imports(pool))[ids[0]]
    assert (noted["reason"], noted["next_try"]) == ("unknown-to-register", None)
    assert await events(pool, "cvr.update.failed") == [
        {"contact_id": ids[0], "version": 1, "reason": "unknown-to-register"}
    ]
    assert await pool.fetchval("select state from service_queue") == "failed"
    provider.add(unit(cvr_number(0), RENAMED))
    async with pool.acquire() as connection:
        now = updates_of(pool, provider).now()
        assert await service_queue.retry(connection, [ids[0]], now) == [ids[0]]
    await work(pool, provider)
    assert (await imports(pool))[ids[0]]["failure"] is None
    assert await left(pool) == 0


FAULTS: Sequence[RegisterError] = (
    Unreachable("the register cannot be reached"),
    TimedOut("the register did not answer within 60 s"),
    Throttled("the register asks us to wait", retry_after=7 * MINUTE),
    ServerFailed("the register failed: 500", status=500),
    TokenRefused("no token: invalid_client", code="invalid_client"),
    TokenRefused("no token: invalid_scope", code="invalid_scope"),
    CallRefused("the register refused the call: 403", status=403),
    CertificateExpired("our certificate expired", expired_on=dt.date(2026, 1, 1)),
    ServerNotTrusted("the server's certificate is from an unknown authority"),
    NotJson("the register answered 200 with an HTML page in place of JSON"),
    FieldUnusable("virksomhed.CVRNummer", "is missing"),
)


async def test_each_kind_of_failure_of_a_unit_is_noted_and_spoils_no_other(pool: Pool) -> None:
    provider = CvrProvider(most_at_once=50)
    provider.add(*companies(len(FAULTS) + 1, name=RENAMED))
    ids = await imported(pool, companies(len(FAULTS) + 1))
    for seed, fault in enumerate(FAULTS):
        provider.faults[cvr_number(seed)] = fault
    await synchronised(pool, ids)
    updates = updates_of(pool, provider)
    assert await Worker(updates).work() == len(ids)
    noted = await imports(pool)
    assert [noted[each]["failure"] for each in ids] == [*map(str, FAULTS), None]
    assert [noted[each]["attempts"] for each in ids] == [1] * len(FAULTS) + [0]
    wait = noted[ids[2]]["next_try"] - noted[ids[2]]["changed_at"]
    assert wait > 6 * MINUTE
    quick, slow = (noted[ids[each]]["next_try"] - noted[ids[each]]["changed_at"] for each in (0, 4))
    assert slow > 5 * quick
    assert (await names(pool))[ids[-1]] == RENAMED
    assert await left(pool) == len(FAULTS)
    assert await Worker(updates).work() == 0


@pytest.mark.parametrize(
    "fault", [FAULTS[0], FAULTS[2], FAULTS[4], FAULTS[9]], ids=lambda each: type(each).__name__
)
async def test_a_provider_that_is_down_is_left_alone_and_costs_no_attempts(
    pool: Pool, provider: CvrProvider, fault: RegisterError
) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    provider.fault = fault
    moment = dt.datetime.now(dt.UTC) + MINUTE
    updates = updates_of(pool, provider, now=lambda: moment)
    await Worker(updates).work()
    await Worker(updates).work()
    assert provider.calls == {"find_many": 1}
    noted = await imports(pool)
    assert {each["failure"] for each in noted.values()} == {str(fault)}
    assert {each["attempts"] for each in noted.values()} == {0}
    standing = await state.read(pool)
    assert (standing.pauses, standing.pause_failure) == (1, str(fault))
    provider.fault = None
    assert standing.paused_until is not None
    moment = standing.paused_until
    await Worker(updates).work()
    assert provider.calls["find_many"] == 3  # one finds out whether it answers, then the others together
    assert await left(pool) == 0
    assert {each["failure"] for each in (await imports(pool)).values()} == {None}


async def test_a_unit_whose_answer_spoils_the_call_does_not_come_first_for_ever(pool: Pool) -> None:
    class Spoilt(CvrProvider):
        async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
            if cvr_number(0) in numbers:
                raise NotJson("the register answered 200 with an HTML page in place of JSON")
            return await super().find_many(numbers)

    provider = Spoilt(most_at_once=50)
    provider.add(*companies(3, name=RENAMED))
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    moment = dt.datetime.now(dt.UTC) + MINUTE
    updates = updates_of(pool, provider, now=lambda: moment, retries={"attempts": 2})
    for _ in range(6):
        await Worker(updates).work()
        moment += dt.timedelta(hours=7)
    assert await names(pool) == {ids[0]: "Havnegade Vaerft ApS", ids[1]: RENAMED, ids[2]: RENAMED}
    assert [row["reason"] for row in await events(pool, "cvr.update.failed")] == ["register-answer-not-json"]


async def test_an_update_is_given_up_after_its_attempts(pool: Pool, provider: CvrProvider) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    provider.faults[cvr_number(1)] = FAULTS[3]
    moment = dt.datetime.now(dt.UTC) + MINUTE
    updates = updates_of(pool, provider, now=lambda: moment, retries={"attempts": 3})
    pauses = []
    for _ in range(3):
        await queued(pool, ids[0])
        await Worker(updates).work()
        noted = (await imports(pool))[ids[1]]
        pauses.append(noted["next_try"] and (noted["next_try"] - moment).total_seconds())
        moment += dt.timedelta(minutes=10)
    assert pauses == [60, 120, None]
    assert (noted["attempts"], noted["failure"]) == (3, str(FAULTS[3]))
    assert [each["reason"] for each in await events(pool, "cvr.update.failed")] == ["register-failed"]


async def test_one_that_the_store_refuses_spoils_no_other(pool: Pool, provider: CvrProvider) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    provider.add(*companies(3, name=RENAMED))
    provider.add(unit(cvr_number(1), "Refused"))
    await pool.execute("alter table contact add constraint refused check (name1 <> 'Refused')")
    await work(pool, provider)
    assert [(await names(pool))[each] == RENAMED for each in ids] == [True, False, True]
    assert (await imports(pool))[ids[1]]["reason"] == "store-refused"


async def test_a_change_told_while_its_contact_is_updated_is_applied_as_well(
    pool: Pool, provider: CvrProvider
) -> None:
    (contact_id,) = await imported(pool, companies(1))
    await synchronised(pool, [contact_id])

    class Moving(CvrProvider):
        async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
            found = await super().find_many(numbers)
            if self.calls["find_many"] == 1:
                self.add(unit(cvr_number(0), RENAMED))
                await queued(pool, contact_id)
            return found

    moving = Moving(most_at_once=50)
    moving.add(*companies(1))
    assert await work(pool, moving) == 2
    assert (await names(pool))[contact_id] == RENAMED
    assert len(await events(pool, "cvr.update.applied")) == 1


async def test_tasks_of_an_older_token_are_removed_untouched(pool: Pool, provider: CvrProvider) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    await synchronised(pool, ids[:1])
    provider.add(*companies(3, name=RENAMED))
    assert await work(pool, provider) == 1
    assert [(await names(pool))[each] == RENAMED for each in ids] == [True, False, False]
    assert await left(pool) == 0


async def test_a_contact_that_was_merged_or_has_no_usable_number_takes_its_task_along(
    pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    await pool.execute("update contact set merged_into = $1 where contact_id = $2", ids[0], ids[1])
    await pool.execute("update contact set name_code = '12345' where contact_id = $1", ids[2])
    await work(pool, provider)
    assert {key: each["reason"] for key, each in (await imports(pool)).items()} == {
        ids[0]: None,
        ids[2]: "number-unusable",
    }
    (task,) = await pool.fetch("select contact_id, state from service_queue")
    assert tuple(task) == (ids[2], "failed")


async def test_a_day_that_the_register_told_becomes_a_task(pool: Pool, provider: CvrProvider) -> None:
    (contact_id,) = await imported(pool, companies(1))
    moment = dt.datetime.now(dt.UTC) + MINUTE
    coming = moment.date() + dt.timedelta(days=3)
    provider.add(unit(cvr_number(0), changes_on=coming))
    await synchronised(pool, [contact_id])
    updates = updates_of(pool, provider, now=lambda: moment)
    assert await Worker(updates).work() == 1
    assert await Worker(updates).work() == 0
    moment += dt.timedelta(days=3)
    provider.add(unit(cvr_number(0), RENAMED))
    assert await Worker(updates).work() == 1
    assert (await names(pool))[contact_id] == RENAMED


async def test_production_units_are_updated_as_well(pool: Pool, provider: CvrProvider) -> None:
    (contact_id, *_) = await imported(pool, [unit(p_number(1))])
    provider.add(unit(p_number(1), RENAMED))
    await synchronised(pool, [contact_id])
    await work(pool, provider)
    assert (await names(pool))[contact_id] == RENAMED


async def test_the_brake_stops_before_anything_is_written_and_lets_pass_when_told(
    pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    ended = [dataclasses.replace(each, end_date=dt.date(2026, 1, 1)) for each in companies(3)]
    provider.add(*ended)
    await synchronised(pool, ids)
    updates = updates_of(pool, provider, brake={"least": 2, "share": 0.5})
    await Worker(updates).work()
    assert await pool.fetchval("select count(*) from contact where end_date is not null") == 0
    assert (await state.read(pool)).held_at is not None
    assert await left(pool) == 3
    assert await Worker(updates).work() == 0
    assert await state.let_pass(pool, updates.settings.brake, updates.now(), by="anna")
    assert not await state.let_pass(pool, updates.settings.brake, updates.now(), by="anna")
    await Worker(updates).work()
    assert await pool.fetchval("select count(*) from contact where end_date is not null") == 3


async def test_work_that_is_cancelled_gives_its_tasks_back(pool: Pool, provider: CvrProvider) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    asked = asyncio.Event()

    @contextlib.asynccontextmanager
    async def stuck(_: str) -> AsyncIterator[None]:
        asked.set()
        await asyncio.Event().wait()
        yield

    provider.pause = stuck
    task = asyncio.create_task(work(pool, provider))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    provider.pause = None
    assert await work(pool, provider) == 3


async def test_where_something_of_a_set_cannot_be_written_nothing_of_it_is(
    pool: Pool, provider: CvrProvider
) -> None:
    (contact_id, *_) = await imported(pool, companies(1))
    provider.add(*companies(1, name=RENAMED))
    await synchronised(pool, [contact_id])
    await pool.execute("alter table cvrupdate_state add constraint never check (run_done = 0)")
    await work(pool, provider)
    assert (await names(pool))[contact_id] != RENAMED
    assert await events(pool, "cvr.update.applied") == []
    assert (await imports(pool))[contact_id]["reason"] == "store-refused"


async def test_an_answer_that_cannot_be_put_to_the_store_spoils_no_other(
    pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    provider.add(*companies(3, name=RENAMED))
    provider.add(unit(cvr_number(1), RENAMED, records="no letter: \ud800"))
    await work(pool, provider)
    assert [(await names(pool))[each] == RENAMED for each in ids] == [True, False, True]
    noted = (await imports(pool))[ids[1]]
    assert (noted["reason"], noted["attempts"]) == ("store-refused", 1)
    assert RENAMED not in noted["failure"]


async def test_a_set_that_breaks_the_work_does_not_come_first_again(pool: Pool) -> None:
    class Broken(CvrProvider):
        async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
            if cvr_number(0) in numbers:
                raise RuntimeError("a mistake of ours")
            return await super().find_many(numbers)

    provider = Broken(most_at_once=50)
    provider.add(*companies(3, name=RENAMED))
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    updates = updates_of(pool, provider, units_at_once=1)
    with pytest.raises(RuntimeError):
        await Worker(updates).work()
    assert await Worker(updates).work() == 2
    assert [(await names(pool))[each] == RENAMED for each in ids] == [False, True, True]
    assert await pool.fetchval("select state from service_queue") == "waiting"


async def test_what_waits_when_updates_are_switched_off_is_removed(pool: Pool, provider: CvrProvider) -> None:
    async def is_on() -> bool:
        return False

    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    assert await work(pool, provider, is_on=is_on) == 0
    assert await left(pool) == 3, "only the module CVR is off"
    async with pool.acquire() as connection:
        await service_queue.renew_token(connection, off=True)
    assert await work(pool, provider, is_on=is_on) == 0
    assert await left(pool) == 0
    assert provider.calls == {}


async def test_a_failure_can_be_retried_when_its_task_became_obsolete(
    pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    await synchronised(pool, ids)
    del provider.units[cvr_number(0)]
    await work(pool, provider)
    await synchronised(pool, ids[1:])
    await work(pool, provider)
    assert await left(pool) == 0
    provider.add(unit(cvr_number(0), RENAMED))
    updates = updates_of(pool, provider)
    assert await running.retry(updates, ids[1:]) == []
    assert await running.retry(updates, None) == ids[:1]
    await work(pool, provider)
    assert (await imports(pool))[ids[0]]["failure"] is None
    assert (await names(pool))[ids[0]] == RENAMED
