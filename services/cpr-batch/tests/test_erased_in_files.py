"""A person with a rich life in the store is erased: nothing names them any more, and no file, restore or relative brings them back."""

import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import dry_run
from cpr_batch.batch import Batch
from cpr_batch.errors import StoreRefused
from cpr_batch.imports import import_file
from cpr_batch.orders import asking
from cpr_batch.orders.model import OrderKind
from cpr_batch.settings import OrderSettings
from registerbro.bus import dead_letters
from registerbro.contacts import erasing, erasures, merge, queries
from registerbro.contacts.erasing import Erasure, Order, Reason
from registerbro.contacts.erasure_errors import ContactErased, NotErased, OpenCases
from registerbro.contacts.model import MergePolicy
from registerbro.cpr.mapping import map_subscription
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection, Pool, open_pool
from registerbro.number_hash import NumberHasher
from registerbro.subscriptions import cases, never, reconciliation

from tests.support.cpr_files import record
from tests.support.dumping import dump, found_in, restore
from tests.support.services import AUDIT_KEY
from tests.support.small_files import delivery, name_of

MakeBatch = Callable[..., Batch]
EVA, EVA_BEFORE = "0404651230", "0404655678"
BENT, CARL, GERD, HANS, MONA = "0202601111", "0303901113", "0505301118", "0606621115", "0707401116"
NUMBERS = (EVA, EVA_BEFORE)
SECRETS = (
    *NUMBERS, f"{EVA[:6]}-{EVA[6:]}", "Evalotte", "Quistorff", "Sivkærsvinget", "Tårnfalkevej", "Ottokar", "Bogholderske", "eva@example.test",
)  # fmt: skip
HASHER = NumberHasher(AUDIT_KEY)
ORDER = Order("tests", "somebody", Reason.ON_REQUEST)
NOW = dt.datetime.now(dt.UTC)


def eva(number: str, street: str, **basic: Any) -> list[str]:
    """Eva: married, a mother, with a mother of her own who is no contact, and a father without a number."""
    return [
        record("001", number, status="01", sex="K", occupation="Bogholderske", **basic),
        record("002", number, municipality_code="0751", moved_in="202003011230"),
        record(
            "003", number, addressing_name="Quistorff,Evalotte", standard_address=street, post_code="8000"
        ),
        record("008", number, first_names="Evalotte", last_name="Quistorff"),
        record("012", number, civil_status="G", spouse_pnr=BENT, civil_status_start="199001011200"),
        record("014", number, child_pnr=CARL),
        record("015", number, mother_pnr=MONA, father_name="Ottokar Quistorff"),
    ]


def somebody(number: str, *records: str) -> list[str]:
    """Somebody whose records speak of Eva."""
    return [
        record("001", number, status="01", sex="M"),
        record("003", number, addressing_name="Vang,Bo", standard_address="Nygade 5", post_code="8000"),
        record("008", number, first_names="Bo", last_name="Vang"),
        *records,
    ]


def family(number: str, *, married: bool = True, formerly: bool = True) -> dict[str, list[str]]:
    """Those whose records name Eva by this number."""
    ward: dict[str, Any] = {
        "guardianship_start": dt.date(2020, 1, 1),
        "relation_type": "0001",
        "guardian_start": dt.date(2020, 1, 1),
    }
    texts = {"guardian_name": "Evalotte Quistorff", "relation_text_1": "Sivkærsvinget 77"}
    spouse: dict[str, Any] = {"civil_status": "G", "spouse_pnr": number} if married else {"civil_status": "F"}
    history = [record("029", HANS, civil_status="F", spouse_pnr=number, civil_status_start="198501011200")]
    return {
        BENT: somebody(BENT, record("012", BENT, **spouse)),
        CARL: somebody(
            CARL,
            record("015", CARL, mother_pnr=number, father_pnr=BENT),
            record("016", CARL, relation_type="0003", custody_start=dt.date(2000, 1, 1)),
            record("031", CARL, relative_pnr=number, addressing_name="Quistorff,Evalotte", standard_address="Sivkærsvinget 77"),
        ),
        GERD: somebody(GERD, record("017", GERD, guardian_pnr=number, **ward, **texts)),
        HANS: somebody(HANS, *(history if formerly else [])),
    }  # fmt: skip


def first_file(number: int = 1) -> bytes:
    """Everybody, as they are first loaded."""
    persons = family(EVA_BEFORE).values()
    return delivery(
        [*eva(EVA_BEFORE, "Sivkærsvinget 77"), *(each for one in persons for each in one)], number
    )


def second_file() -> bytes:
    """Eva has a new number and a new home, is divorced from Bent, and no longer a part of Hans' past."""
    new = [*eva(EVA, "Tårnfalkevej 8"), record("022", EVA, old_pnr=EVA_BEFORE)]
    persons = family(EVA, married=False, formerly=False).values()
    return delivery([*new, *(each for one in persons for each in one)], 2)


@dataclasses.dataclass(frozen=True)
class Store:
    """A store in which Eva has lived."""

    batch: Batch
    url: str
    directory: Path
    eva: int

    @property
    def pool(self) -> Pool:
        """Its pool."""
        return self.batch.pool

    async def load(self, name: str, content: bytes, **more: Any) -> dict[str, int]:
        """Imports a file."""
        (self.directory / name).write_bytes(content)
        return (await import_file(self.batch, name, **more)).counts

    async def erase(self, connection: Connection) -> Erasure:
        """Erases Eva."""
        return await erasing.erase_contact(connection, self.eva, None, ORDER, hasher=HASHER, now=NOW)


async def contact(pool: Pool, number: str) -> int:
    return int(await pool.fetchval("select contact_id from contact_number where number = $1", number))


@pytest.fixture
async def store(make_batch: MakeBatch, interim_directory: Path, pool: Pool, database_url: str) -> Store:
    """Two files, what hands and other parts of the system add, and the end of the subscription."""
    orders = OrderSettings(customer_number="1234", task_number="123401")
    batch = dataclasses.replace(make_batch(orders=orders), hasher=HASHER)
    for place, content in enumerate((first_file(), second_file()), start=1):
        (interim_directory / name_of(place)).write_bytes(content)
        await import_file(batch, name_of(place), initial_load=place == 1)
    store = Store(batch, database_url, interim_directory, await contact(pool, EVA))
    await asking.ask(batch, OrderKind.REQUISITION, [store.eva])
    (interim_directory / "d250610.l123401").write_bytes(second_file()[:-1])
    await dry_run.dry_run(batch, "d250610.l123401")
    await _handled(pool, store.eva)
    return store


async def _handled(pool: Pool, contact_id: int) -> None:
    async def listed() -> AsyncIterator[bytes]:
        yield f"{BENT}\n{EVA}\n".encode()

    async with pool.acquire() as connection:
        before = await queries.load_contact(connection, contact_id, may_see_protected=True)
        assert before is not None
        await connection.execute(
            "update address set email = 'eva@example.test' where contact_id = $1", contact_id
        )
        await cases.opened(connection, "2026-1", [contact_id], NOW)
        await never.add(connection, CprNumber(EVA), reason="asked for it", by="tests", now=NOW)
        body = json.dumps({"who": EVA}).encode()
        facts: dict[str, Any] = {"routing_key": "case.opened", "reason": "no CloudEvent", "attempts": 1}
        await dead_letters.store(connection, consumer="somebody", body=body, **facts)
        written = f'{{"cpr": "{EVA[:6]}-{EVA[6:]}"}}'.encode()
        await dead_letters.store(connection, consumer="somebody", body=written, **facts)
        updated = await connection.fetchval(
            "select body from outbox where routing_key = 'contact.updated' limit 1"
        )
        told = json.loads(updated)
        told["data"]["contact_id"] = contact_id
        await dead_letters.store(connection, consumer="somebody", body=json.dumps(told).encode(), **facts)
        await reconciliation.compare(connection, listed(), by="tests", name="list", now=NOW)
    ended = map_subscription(CprNumber(EVA), is_subscribed=False, at=NOW)
    await merge.apply(pool, [ended], MergePolicy(requires_subscription=False), now=NOW)


async def state(pool: Pool) -> list[tuple[Any, ...]]:
    """Everybody who is there, with version, number of past versions, and whom they name."""
    rows = await pool.fetch("""
        select name_code, version, is_placeholder, (select count(*) from contact_version v where v.contact_id = c.contact_id),
               array(select role || ' ' || coalesce(t.name_code, t.name1) from contact_reference r
                     join contact t on t.contact_id = r.to_contact_id where r.contact_id = c.contact_id order by 1)
        from contact c order by name_code""")
    return [tuple(row) for row in rows]


def relatives(number: str, place: int) -> bytes:
    """What CPR delivers on the others later: it still names Eva."""
    return delivery(
        [each for one in family(number, married=False, formerly=False).values() for each in one], place
    )


async def test_nothing_in_a_dump_names_an_erased_person(store: Store) -> None:
    assert await found_in(store.url, SECRETS) == list(SECRETS), "the test must be able to fail"
    named = "select count(*) from contact_version where before @? $1::jsonpath"
    path = f"$.references[*] ? (@.to_contact_id == {store.eva})"
    assert await store.pool.fetchval(named, path) > 0
    async with store.pool.acquire() as connection:
        with pytest.raises(OpenCases):
            await store.erase(connection)
        order = dataclasses.replace(ORDER, despite_open_cases=True)
        foreseen = await erasing.preview(connection, store.eva, None, order, hasher=HASHER, now=NOW)
        assert await found_in(store.url, SECRETS) == list(SECRETS)
        done = await erasing.erase_contact(
            connection, store.eva, foreseen.version - 1, order, hasher=HASHER, now=NOW
        )
        assert (done.rows, done.is_finished) == (foreseen.rows, True)
        with pytest.raises(ContactErased):
            await store.erase(connection)
        well = await erasures.check(connection, HASHER)
    assert (well.erased, well.is_well) == (1, True)
    assert await found_in(store.url, SECRETS) == []
    assert await store.pool.fetchval(named, path) == 0
    assert {"contact", "contact_version", "source_record", "dead_letter", "cpr_outcome", "cpr_planned", "cpr_order",
            "cpr_never_subscribed", "cpr_wish", "cpr_reconciliation_agreement", "case_contact", "named_by"} <= done.rows.keys()  # fmt: skip
    assert done.rows["dead_letter"] == 3
    assert done.rows["contact"] == 3  # Eva, her father, her mother's placeholder
    assert [row[:3] for row in await state(store.pool)] == [
        (BENT, 2, False), (CARL, 4, False), (GERD, 4, False), (HANS, 2, False),
    ]  # fmt: skip


@pytest.fixture
async def erased(store: Store) -> Store:
    """The same after Eva was erased."""
    async with store.pool.acquire() as connection:
        await cases.closed(connection, "2026-1", NOW)
        await store.erase(connection)
    return store


async def test_relatives_are_still_read_and_go_on_being_updated_without_the_erased_person(
    erased: Store,
) -> None:
    before = await state(erased.pool)
    assert await erased.load(name_of(3), relatives(EVA, 3)) == {"persons": 4, "unchanged": 4}
    assert await state(erased.pool) == before
    async with erased.pool.acquire() as connection:
        for number in (BENT, CARL, GERD, HANS):
            now = await queries.load_contact(connection, number, may_see_protected=True)
            assert now is not None
            assert now.records
            for version in range(1, now.version + 1):
                past = await queries.state_at(connection, now.contact_id, version, may_see_protected=True)
                assert past is not None
                assert past.name.name1 == "Bo"
                assert {each.contact.name_code for each in past.references} <= {BENT}
    moved = relatives(EVA, 4).replace(b"Nygade 5", b"Nygade 6")
    assert await erased.load(name_of(4), moved) == {"persons": 4, "updated": 4}
    assert await found_in(erased.url, SECRETS) == []


async def test_an_erasure_that_breaks_off_holds_all_the_same_and_is_finished_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: Any) -> int:
        raise ConnectionResetError

    async with store.pool.acquire() as connection:
        await cases.closed(connection, "2026-1", NOW)
        with monkeypatch.context() as broken:
            broken.setattr("registerbro.contacts.traces.remove", lost)
            assert not (await store.erase(connection)).is_finished
        assert await erasures.check(connection, HASHER) == erasures.Check(1, 1, 0)
        assert (await store.load(name_of(3), relatives(EVA, 3)))["persons"] == 4
        assert EVA in await found_in(store.url, SECRETS)
        assert await erasures.finish(connection, HASHER, now=NOW) == 4
        assert (await erasures.check(connection, HASHER)).is_well
    assert await found_in(store.url, SECRETS) == []


@pytest.mark.parametrize("is_initial", [True, False])
async def test_no_file_brings_an_erased_person_back(erased: Store, is_initial: bool) -> None:
    before = await state(erased.pool)
    counts = await erased.load(name_of(5), first_file(5), initial_load=is_initial)
    assert (counts["erased"], counts.get("created")) == (1, None)
    renamed = [*eva("0404659999", "Tårnfalkevej 9"), record("022", "0404659999", old_pnr=EVA)]
    assert (await erased.load(name_of(6), delivery(renamed, 6), initial_load=is_initial))["erased"] == 1
    without = delivery(eva("0404659999", "Tårnfalkevej 9"), 7)  # nothing here says who it was
    assert (await erased.load(name_of(7), without, initial_load=is_initial))["erased"] == 1
    assert [row[0] for row in await state(erased.pool)] == [row[0] for row in before]
    assert await found_in(erased.url, [*SECRETS, "0404659999"]) == []


async def test_who_does_not_know_the_key_imports_nothing(erased: Store) -> None:
    blind = dataclasses.replace(erased.batch, hasher=None)
    (erased.directory / name_of(3)).write_bytes(first_file(3))
    with pytest.raises(StoreRefused, match="audit key"):
        await import_file(blind, name_of(3), initial_load=True)


async def test_after_a_restore_the_file_of_erasures_erases_again(
    store: Store, empty_database_url: str, tmp_path: Path
) -> None:
    backup = await dump(store.url)
    async with store.pool.acquire() as connection:
        await cases.closed(connection, "2026-1", NOW)
        await store.erase(connection)
        lines = [line async for line in erasures.export(connection, HASHER)]
    assert not any(secret in line for line in lines for secret in SECRETS)
    await restore(empty_database_url, backup)
    async with open_pool(empty_database_url) as pool, pool.acquire() as connection:
        with pytest.raises(erasures.FileRefused, match="audit key"):
            await _apply(connection, lines, NumberHasher(type(AUDIT_KEY)("another key" * 5)))
        assert await erasures.check(connection, HASHER) == erasures.Check(0, 0, 0)
        applied = await _apply(connection, lines, HASHER)
        assert (applied.tombstones, applied.erased, applied.named_by) == (1, 1, 4)
        again = await _apply(connection, lines, HASHER)
        assert (again.erased, again.named_by) == (0, 0)
        assert (await erasures.check(connection, HASHER)).is_well
    assert await found_in(empty_database_url, SECRETS) == []


async def _apply(connection: Connection, lines: Sequence[str], hasher: NumberHasher) -> erasures.Applied:
    return await erasures.apply(connection, lines, hasher=hasher, by="tests", now=NOW)


async def _lift(connection: Connection, number: str) -> int:
    key = ("C", number)
    return await erasing.lift(connection, key, hasher=HASHER, reason=Reason.NEW_CASE, by="tests", now=NOW)


async def test_a_lifted_erasure_lets_the_person_be_imported_as_a_new_contact(erased: Store) -> None:
    async with erased.pool.acquire() as connection:
        assert await _lift(connection, EVA_BEFORE) == erased.eva
        with pytest.raises(NotErased):
            await _lift(connection, EVA)
        [tombstone] = await erasing.page(connection, below=None, size=10)
    assert (tombstone.contact_id, tombstone.lifted_for) == (erased.eva, "new-case")
    counts = await erased.load(name_of(3), delivery(eva(EVA, "Tårnfalkevej 8"), 3), initial_load=True)
    assert counts == {"persons": 1, "created": 1}
    assert await contact(erased.pool, EVA) > erased.eva
