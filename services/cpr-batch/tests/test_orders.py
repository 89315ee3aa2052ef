"""Orders: who asks for what, what a day's file holds, and what answers do to them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from cpr_batch import imports
from cpr_batch.batch import Batch
from cpr_batch.errors import OrderNotOpen, OrdersNotConfigured, OrderUnknown
from cpr_batch.orders import asking
from cpr_batch.orders.asking import AskOutcome
from cpr_batch.orders.constants import LETTERS, is_ours, key_constant
from cpr_batch.orders.model import SQL, Order, OrderKind, OrderState
from cpr_batch.orders.writing import run_date, write
from cpr_batch.settings import OrderSettings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from registerbro.contacts import merge
from registerbro.contacts.model import MergePolicy
from registerbro.contacts.wishes import set_wishes
from registerbro.cpr.orders import read_lines
from registerbro.cpr.writer import write_record
from registerbro.database import Pool
from registerbro.privacy import is_suspect

from tests.support.cpr_files import ANNA, BENT, CARL, extract, record, simple_person
from tests.support.deliveries import IMPORT, NOW, delivery

SETTINGS = OrderSettings(customer_number="1234", task_number="123401")
NOT_SUBSCRIBED = MergePolicy(may_create=True, requires_subscription=False)
SUBSCRIBE, UNSUBSCRIBE = OrderKind.SUBSCRIBE, OrderKind.UNSUBSCRIBE
REQUISITION, STATUS_LIST = OrderKind.REQUISITION, OrderKind.STATUS_LIST
MakeBatch = Callable[..., Batch]


@pytest.fixture
async def batch(pool: Pool, make_batch: MakeBatch) -> Batch:
    """Anna and Bent are imported, Bent is subscribed."""
    await merge.apply(pool, [delivery(ANNA)], NOT_SUBSCRIBED, now=NOW)
    await merge.apply(pool, [delivery(BENT)], IMPORT, now=NOW)
    return make_batch(orders=SETTINGS)


async def contact(pool: Pool, number: str) -> int:
    return int(await pool.fetchval("select contact_id from contact_number where number = $1", number))


async def wish(pool: Pool, number: str, wanted: bool | None) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await set_wishes(connection, {await contact(pool, number): wanted})


async def written(batch: Batch) -> list[tuple[str, str]]:
    """Puts what waits into a file, and tells operation or task and number of each line."""
    async with batch.pool.acquire() as connection, connection.transaction():
        file = await write(connection, batch, SETTINGS, dt.date(2026, 1, 1))
    assert file
    await SQL.uploaded(batch.pool, input_file_id=file.input_file_id, now=NOW, answer_due_at=NOW)
    lines = read_lines(file.content or b"")
    return [(line.operation or f"{line.key} {line.task_number}", line.number.value) for line in lines]


async def states(batch: Batch) -> list[tuple[str, str]]:
    return [(each.kind, each.state) for each in reversed(await asking.page(batch, size=100))]


async def order(batch: Batch, kind: OrderKind, number: str = ANNA) -> Order:
    """An order that was uploaded."""
    [asked] = await asking.ask(batch, kind, [await contact(batch.pool, number)])
    assert asked.order_id
    await batch.pool.execute("update cpr_order set state = 'uploaded' where order_id = $1", asked.order_id)
    return await asking.load(batch, asked.order_id)


async def import_records(batch: Batch, *records: str, name: str = "d240517.l123401") -> imports.Imported:
    (batch.interim.directory / name).write_bytes(extract(records))
    return await imports.import_file(batch, name)


def event(code: str, constant: str, number: str = ANNA) -> str:
    return record("099", number, updated="202405160900", event=code, key_constant=constant)


def receipt(constant: str, number: str = ANNA) -> str:
    return record("997", number, updated="202405160900", event="S45", key_constant=constant)


def rejection(constant: str, text: str = "PERSONNUMMER FINDES IKKE") -> str:
    line = f"06123400OP{ANNA}{constant}"
    return write_record("910", input=line, error_number="0012", error_text=text)


async def test_each_contact_is_answered_with_its_own_outcome(batch: Batch, pool: Pool) -> None:
    await pool.execute("insert into contact (contact_id, name_type, name1) values (900, 'P', 'Uden nummer')")
    await pool.execute("insert into contact (contact_id, name_type, name_code) values (901, 'C', $1)", CARL)
    anna = await contact(pool, ANNA)
    asked = await asking.ask(batch, SUBSCRIBE, [anna, anna, 900, 901, 999999])
    assert [each.outcome for each in asked] == [
        AskOutcome.ORDERED, AskOutcome.WITHOUT_NUMBER, AskOutcome.NOT_IMPORTED, AskOutcome.UNKNOWN_CONTACT
    ]  # fmt: skip
    [again] = await asking.ask(batch, SUBSCRIBE, [anna])
    assert (again.outcome, again.order_id) == (AskOutcome.ALREADY_OPEN, asked[0].order_id)
    [other] = await asking.ask(batch, REQUISITION, [anna])
    assert other.outcome is AskOutcome.ORDERED
    [ended] = await asking.ask(batch, UNSUBSCRIBE, [901])
    assert ended.outcome is AskOutcome.ORDERED


async def test_the_opposite_withdraws_what_waits(batch: Batch, pool: Pool) -> None:
    anna = await contact(pool, ANNA)
    await asking.ask(batch, SUBSCRIBE, [anna])
    await asking.ask(batch, UNSUBSCRIBE, [anna])
    assert await states(batch) == [("subscribe", "withdrawn"), ("unsubscribe", "waiting")]


async def test_wishes_become_orders_and_turn_around(batch: Batch, pool: Pool) -> None:
    await wish(pool, ANNA, True)
    await wish(pool, BENT, False)
    assert await asking.ask_wishes(batch) == {"withdrawn": 0, "subscribe": 1, "unsubscribe": 1}
    assert await asking.ask_wishes(batch) == {"withdrawn": 0, "subscribe": 0, "unsubscribe": 0}
    await wish(pool, ANNA, None)
    assert await asking.ask_wishes(batch, {UNSUBSCRIBE}) == {"withdrawn": 1, "unsubscribe": 0}
    assert await states(batch) == [("subscribe", "withdrawn"), ("unsubscribe", "waiting")]
    await wish(pool, ANNA, True)
    assert (await asking.ask_wishes(batch))["subscribe"] == 1


async def test_what_cpr_rejected_is_not_ordered_again_by_a_wish_but_by_hand(batch: Batch, pool: Pool) -> None:
    await wish(pool, ANNA, True)
    await asking.ask_wishes(batch)
    await pool.execute("update cpr_order set state = 'rejected'")
    assert (await asking.ask_wishes(batch))["subscribe"] == 0
    [asked] = await asking.ask(batch, SUBSCRIBE, [await contact(pool, ANNA)])
    assert asked.outcome is AskOutcome.ORDERED


async def test_what_a_day_s_file_holds(batch: Batch, pool: Pool) -> None:
    anna, bent = await contact(pool, ANNA), await contact(pool, BENT)
    await asking.ask(batch, UNSUBSCRIBE, [bent])
    await asking.ask(batch, STATUS_LIST, [bent])
    await asking.ask(batch, REQUISITION, [anna, bent])
    await asking.ask(batch, SUBSCRIBE, [anna])
    assert await written(batch) == [
        ("OP", ANNA), ("07 123401", ANNA), ("01 123401", BENT), ("SL", BENT), ("07 123401", BENT)
    ]  # fmt: skip


async def test_a_line_names_the_number_that_the_contact_has_when_it_is_written(
    batch: Batch, pool: Pool
) -> None:
    anna, bent = await contact(pool, ANNA), await contact(pool, BENT)
    await asking.ask(batch, REQUISITION, [anna, bent])
    await merge.apply(pool, [delivery(BENT, 2, former_numbers=(ANNA,))], IMPORT, now=NOW)
    assert await written(batch) == [("07 123401", BENT)]
    waiting = await asking.page(batch, size=9)
    assert {each.contact_id for each in waiting} == {bent}
    assert sorted(each.state for each in waiting) == ["uploaded", "withdrawn"]
    [again] = await asking.ask(batch, REQUISITION, [anna])
    assert again.outcome is AskOutcome.ALREADY_OPEN


@pytest.mark.parametrize(
    ("kind", "records", "state"),
    [
        (SUBSCRIBE, lambda constant: [*simple_person(), event("A45", constant)], "confirmed"),
        (REQUISITION, lambda constant: [*simple_person(), event("A74", constant)], "confirmed"),
        (STATUS_LIST, lambda constant: [*simple_person(), event("K74", constant)], "confirmed"),
        (UNSUBSCRIBE, lambda constant: [receipt(constant)], "confirmed"),
        (SUBSCRIBE, lambda constant: [rejection(constant)], "rejected"),
        (REQUISITION, lambda constant: [rejection(constant)], "rejected"),
        (SUBSCRIBE, lambda constant: [receipt(constant)], "uploaded"),
        (SUBSCRIBE, lambda constant: [rejection(constant[:-1] + "a")], "uploaded"),
    ],
)
async def test_answers_of_cpr(
    kind: OrderKind, records: Callable[[str], list[str]], state: str, batch: Batch
) -> None:
    asked = await order(batch, kind)
    done = await import_records(batch, *records(asked.key_constant))
    answered = await asking.load(batch, asked.order_id)
    assert answered.state == state
    assert answered.answer_file_id == (done.file_id if state != "uploaded" else None)


async def test_a_subscription_is_made_ended_and_made_again(batch: Batch, pool: Pool) -> None:
    subscribed = "select src_subscribed from source_record where contact_id = $1"
    anna = await contact(pool, ANNA)
    await wish(pool, ANNA, True)
    asked = await order(batch, SUBSCRIBE)
    await import_records(batch, *simple_person(), event("A45", asked.key_constant))
    assert await pool.fetchval(subscribed, anna)
    await wish(pool, ANNA, False)
    asked = await order(batch, UNSUBSCRIBE)
    await wish(pool, ANNA, True)
    await import_records(batch, receipt(asked.key_constant), name="d240518.l123401")
    assert not await pool.fetchval(subscribed, anna)
    assert (await asking.ask_wishes(batch))["subscribe"] == 1
    changes = "select count(*) from outbox where routing_key = 'cpr.subscription.changed'"
    assert await pool.fetchval(changes) == 2


async def test_an_error_text_is_kept_without_numbers_and_a_confirmation_outweighs_it(batch: Batch) -> None:
    asked = await order(batch, SUBSCRIBE)
    text = f"PNR {ANNA} FINDES IKKE"
    files = [
        ("d240517.l123401", [rejection(asked.key_constant, text)]),
        ("d240518.l123401", [*simple_person(), event("A45", asked.key_constant)]),
        ("d240519.l123401", [rejection(asked.key_constant, "FINDES ALLEREDE")]),
    ]
    await import_records(batch, *files[0][1], name=files[0][0])
    rejected = await asking.load(batch, asked.order_id)
    assert (rejected.state, rejected.answer_number) == (OrderState.REJECTED, "0012")
    assert rejected.answer_text == "PNR … FINDES IKKE"
    for name, records in files[1:]:
        await import_records(batch, *records, name=name)
        confirmed = await asking.load(batch, asked.order_id)
        assert (confirmed.state, confirmed.answer_number) == (OrderState.CONFIRMED, None)


async def test_an_answer_to_an_unknown_order_is_a_remark_and_others_are_no_business_of_ours(
    batch: Batch, pool: Pool
) -> None:
    mark = await pool.fetchval("select mark from cpr_order_mark")
    lost, foreign = key_constant(mark, 4711), key_constant("BBBBB" if mark != "BBBBB" else "CCCCC", 1)
    done = await import_records(
        batch, *simple_person(), event("A45", lost), event("A45", foreign), event("A45", "SAGSNR 17")
    )
    assert done.failure is None
    problems = await pool.fetch("select severity, line, record_type, field, reason from cpr_problem")
    assert [tuple(row) for row in problems] == [
        ("remark", 7, "099", "key_constant", "an answer to an order that is not known here")
    ]


async def test_only_what_waits_or_is_overdue_can_be_withdrawn(batch: Batch, pool: Pool) -> None:
    [asked] = await asking.ask(batch, SUBSCRIBE, [await contact(pool, ANNA)])
    assert asked.order_id
    assert (await asking.withdraw(batch, asked.order_id)).state is OrderState.WITHDRAWN
    with pytest.raises(OrderNotOpen):
        await asking.withdraw(batch, asked.order_id)
    sent = await order(batch, SUBSCRIBE)
    with pytest.raises(OrderNotOpen):
        await asking.withdraw(batch, sent.order_id)
    await pool.execute("update cpr_order set answer_due_at = now() - interval '1 s' where state = 'uploaded'")
    [late] = await asking.page(batch, size=9, is_overdue=True)
    assert late.order_id == sent.order_id
    assert (await asking.withdraw(batch, sent.order_id)).state is OrderState.WITHDRAWN
    await import_records(batch, *simple_person(), event("A45", sent.key_constant))
    assert (await asking.load(batch, sent.order_id)).state is OrderState.CONFIRMED
    with pytest.raises(OrderUnknown):
        await asking.withdraw(batch, 10**6)


async def test_nothing_is_ordered_where_nothing_is_configured(make_batch: MakeBatch) -> None:
    with pytest.raises(OrdersNotConfigured):
        await asking.ask(make_batch(), SUBSCRIBE, [1])


@given(st.text(LETTERS, min_size=5, max_size=5), st.integers(0, 20**8 - 1))
def test_key_constants_tell_orders_apart_and_look_like_no_number(mark: str, order_id: int) -> None:
    constant = key_constant(mark, order_id)
    assert (len(constant), is_ours(constant, mark), is_suspect(constant)) == (15, True, False)
    assert constant != key_constant(mark, (order_id + 1) % 20**8)


@pytest.mark.parametrize(
    ("now", "day"),
    [("2026-01-05T10:44:59+00:00", 5), ("2026-01-05T10:45:00+00:00", 6), ("2026-07-05T09:44:59+00:00", 5),
     ("2026-07-05T09:45:00+00:00", 6), ("2026-01-05T23:10:00+00:00", 6)],
)  # fmt: skip
def test_the_deadline_is_danish(now: str, day: int) -> None:
    assert run_date(dt.datetime.fromisoformat(now), SETTINGS.deadline).day == day


@pytest.mark.parametrize(
    "wrong",
    [{"customer_number": "12345"}, {"task_number": "12340"}, {"upload_at": "11:45"}, {"deletion_code": "sl"},
     {"deadline": "11:45Z"}, {"overdue_days": 0}],
)  # fmt: skip
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OrderSettings(**{"customer_number": "1234", "task_number": "123401"} | wrong)
