"""A former installation's state from CSV: what is taken over, what is left, and that CPR's files go on from there."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cpr_batch.adoption import subscribed
from cpr_batch.adoption.adopting import adopt
from cpr_batch.adoption.columns import COLUMNS, shape
from cpr_batch.batch import Batch
from cpr_batch.errors import AdoptionRefused, ContactTypeMissing, StoreRefused
from cpr_batch.imports import import_file
from registerbro.contacts import merge
from registerbro.contacts.wishes import set_wishes
from registerbro.database import Pool
from registerbro.privacy import is_suspect

from tests.support import snapshot
from tests.support.cpr_files import ANNA, BENT, CARL, PRODUCED, extract, record, simple_person
from tests.support.deliveries import IMPORT, NOW, delivery

NAME = "d240517.l123401"
MakeBatch = Callable[..., Batch]
HEADER = "NAME_TYPE;NAME_CODE;NAME1;NAME2;SRC_SUBSCRIBED;SUBSCRIBED;REGISTER_DATE;HA_ADDRESS1;HA_POSTCODE"
ROWS = (
    f"C;{ANNA};Anne;Øst;J;;2024-05-01;Gammelvej 1;2850",
    f"C;{BENT[:6]}-{BENT[6:]};Bent;Vest;N;Y;01-04-2024;;",
    "J;12345678;Firma;;;;;;",
    f"C;{CARL};Carl;Syd;;N;20240301 12:30:00;;",
)


@pytest.fixture
def batch(make_batch: MakeBatch) -> Batch:
    return make_batch()


@pytest.fixture
def legacy(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file to adopt."""

    def write(*rows: str, header: str = HEADER, encoding: str = "utf-8-sig") -> Path:
        path = tmp_path / "kontakter.csv"
        path.write_bytes("\r\n".join((header, *rows, "")).encode(encoding))
        return path

    return write


MakeLegacy = Callable[..., Path]


async def sourced(pool: Pool) -> dict[str, tuple[bool, bool | None]]:
    """Who is subscribed, and who should be, by number."""
    rows = await pool.fetch(
        "select name_code, src_subscribed, subscribed from source_record join contact using (contact_id)"
    )
    return {row["name_code"]: (row["src_subscribed"], row["subscribed"]) for row in rows}


async def everything(pool: Pool) -> object:
    sources = await pool.fetch("select * from source_record order by contact_id")
    return await snapshot.store(pool), await snapshot.events(pool), [tuple(row) for row in sources]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1"])
async def test_contacts_and_subscriptions_are_taken_over_once(
    encoding: str, batch: Batch, legacy: MakeLegacy, pool: Pool
) -> None:
    path = legacy(*ROWS, encoding=encoding)
    planned = await adopt(batch, path, is_dry_run=True)
    assert await pool.fetchval("select count(*) from contact") == 0
    done = await adopt(batch, path)
    assert done.counts == {"created": 3, "other-type": 1, "wishes": 2} == planned.counts
    assert (done.faults, done.error_file, done.as_of) == ([], None, dt.date(2024, 5, 1))
    assert await sourced(pool) == {ANNA: (True, None), BENT: (False, True), CARL: (False, False)}
    names = await pool.fetch("select name1, name2 from contact order by name1")
    assert [tuple(row) for row in names] == [("Anne", "Øst"), ("Bent", "Vest"), ("Carl", "Syd")]
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'contact.imported'") == 3
    stored = await everything(pool)
    again = await adopt(batch, path)
    assert again.counts == {"other-type": 1, "unchanged": 3, "wishes": 0}
    assert await everything(pool) == stored


async def test_a_change_file_goes_on_from_what_was_adopted(
    batch: Batch, legacy: MakeLegacy, pool: Pool
) -> None:
    await adopt(batch, legacy(*ROWS))
    (batch.interim.directory / NAME).write_bytes(
        extract([*simple_person(ANNA), *simple_person(BENT), record("997", ANNA, updated="202405160900")])
    )
    done = await import_file(batch, NAME)
    assert {name: done.counts[name] for name in ("updated", "not-subscribed")} == {
        "updated": 1, "not-subscribed": 1
    }  # fmt: skip
    anna = await pool.fetchrow("select contact_id, name1, name2 from contact where name_code = $1", ANNA)
    assert anna
    assert (anna["name1"], anna["name2"]) == ("Anna", "Ål")
    homes = await pool.fetch(
        "select address_type, address1 from address where contact_id = $1 order by address_type desc",
        anna["contact_id"],
    )
    assert [tuple(row) for row in homes] == [("HA", "Møllevej 1"), ("CPRADR", "Gammelvej 1")]
    assert (await sourced(pool))[ANNA] == (False, None)
    stored = await everything(pool)
    await adopt(batch, legacy(*ROWS))
    assert await everything(pool) == stored


async def test_of_contacts_that_are_there_only_what_is_empty_is_filled(
    batch: Batch, legacy: MakeLegacy, pool: Pool
) -> None:
    await merge.apply(pool, [delivery(ANNA, 200, fields={"position": ""})], IMPORT, now=NOW)
    await pool.execute(
        "insert into contact (contact_id, name_type, name_code, name1) values (900, 'C', $1, 'Ben')", BENT
    )
    await pool.execute("insert into contact_number values ('C', $1, 900, true)", BENT)
    header = "NAME_TYPE,NAME_CODE,NAME1,NAME2,POSITION,REGISTER_DATE,SRC_SUBSCRIBED,SUBSCRIBED,START_DATE"
    rows = (
        f"C,{ANNA},Anne,Øst,murer,2025-01-01,N,N,2001-02-03",
        f"C,{BENT},Bent,Vest,smed,2024-05-01,J,,",
    )
    done = await adopt(batch, legacy(*rows, header=header), as_of=dt.date(2024, 6, 1))
    assert done.counts == {"filled": 1, "unchanged": 1, "wishes": 1}
    shown = await pool.fetch("select name1, name2, position, start_date, version from contact order by name1")
    assert [tuple(row) for row in shown] == [
        ("Anna", "Berg", "", None, 1),  # CPR delivers these, and said last that they are so
        ("Ben", "Vest", "smed", None, 2),
    ]
    assert await sourced(pool) == {ANNA: (True, False), BENT: (True, None)}
    kept = "select records <> '' from source_record join contact using (contact_id) where name_code = $1"
    assert await pool.fetchval(kept, ANNA)


async def test_a_wish_that_somebody_made_here_stays(batch: Batch, legacy: MakeLegacy, pool: Pool) -> None:
    await adopt(batch, legacy(*ROWS))
    async with pool.acquire() as connection, connection.transaction():
        bent = await pool.fetchval("select contact_id from contact where name_code = $1", BENT)
        assert await set_wishes(connection, {bent: False}) == [bent]
    await adopt(batch, legacy(*ROWS))
    assert (await sourced(pool))[BENT] == (False, False)


async def test_without_the_columns_all_are_subscribed_and_nobody_wishes(
    batch: Batch, legacy: MakeLegacy, pool: Pool
) -> None:
    rows = (f"C;{ANNA};CPR;{BENT} {CARL};2024-05-01;M;2020-01-02", "C;;;;;;", f"C;{BENT};;;;;")
    header = "NAME_TYPE;NAME_CODE;SOURCE;PREVIOUS_NAME_CODE;BIRTH_DATE;SEX;HA_PROTECTION"
    done = await adopt(batch, legacy(*rows, header=header), as_of=dt.date(2024, 6, 1))
    assert done.counts == {"created": 1, "other-source": 2, "wishes": 0}
    assert await sourced(pool) == {ANNA: (True, None)}
    numbers = await pool.fetch("select number, is_current from contact_number order by number")
    assert [tuple(row) for row in numbers] == [(ANNA, True), (BENT, False), (CARL, False)]
    assert await pool.fetchval("select is_protected(protections, info, '2024-01-01') from contact")


BAD_ROWS = (
    ("C;010170199;;;;;;;", "NAME_CODE", "999999999", "ten digits"),
    ("C;3113701996;;;;;;;", "NAME_CODE", "9999999999", "no possible date"),
    ("C;;;;;;;;", "NAME_CODE", "", "is empty"),
    (f"C;{CARL};;;X;;;;", "SRC_SUBSCRIBED", "a", "Y, J or N"),
    (f"C;{CARL};;;;;2024-02-30;;", "REGISTER_DATE", "9999-99-99", "not a date"),
    (f"C;{CARL};;;;;2999-01-01;;", "REGISTER_DATE", "9999-99-99", "future"),
    (f"C;{CARL};;;;;;;28x0", "HA_POSTCODE", "99a9", "a post code"),
    (f"C;{CARL};Ca\x01rl;;;;;;", "NAME1", "aa?aa", "control character"),
    (f"C;{CARL};Carl", "", "", "3 values, the header has 9 columns"),
    (f"C;{ANNA};;;;;;;", "NAME_CODE", "9999999999", "earlier row"),
)


async def test_bad_rows_are_told_without_their_content_and_the_rest_carries_on(
    batch: Batch, legacy: MakeLegacy
) -> None:
    path = legacy(ROWS[0], *(row for row, *_ in BAD_ROWS), ROWS[1])
    done = await adopt(batch, path)
    told = [(fault.line, fault.column, fault.value) for fault in done.faults]
    assert told == [(line, column, value) for line, (_, column, value, _) in enumerate(BAD_ROWS, start=3)]
    for fault, (*_, reason) in zip(done.faults, BAD_ROWS, strict=True):
        assert reason in fault.reason
    assert (done.counts["created"], done.counts["rejected"]) == (2, len(BAD_ROWS))
    assert done.error_file
    written = path.with_name(done.error_file)
    assert (written.stat().st_mode & 0o777, is_suspect(written.read_text())) == (0o600, False)
    assert len(written.read_text().splitlines()) == 1 + len(BAD_ROWS)
    await adopt(batch, legacy(ROWS[0]))
    assert written.read_text().splitlines() == ["line;column;value;reason"]


BAD_FILES = (
    ("NAME_TYPE;NAME1", "C;Anna", "no column NAME_CODE"),
    (f"{HEADER};COLOUR", "", "column COLOUR is not known"),
    (f"{HEADER};{ANNA}", "", "column 9999999999 is not known"),
    (f"{HEADER};NAME1", "", "twice"),
    ("", "", "no column NAME_TYPE, NAME_CODE"),
    ("NAME_TYPE;NAME_CODE", f"C;{ANNA}", "--as-of"),
    (HEADER, f'C;{ANNA};"Anna;;;;;;', "line 2: unexpected end"),
)


async def test_a_file_that_cannot_be_right_is_refused_whole(
    batch: Batch, legacy: MakeLegacy, pool: Pool
) -> None:
    for header, row, reason in BAD_FILES:
        with pytest.raises(AdoptionRefused, match=reason) as caught:
            await adopt(batch, legacy(row, header=header))
        assert not is_suspect(str(caught.value))
    with pytest.raises(AdoptionRefused, match="No such file"):
        await adopt(batch, Path("/nowhere.csv"))
    with pytest.raises(AdoptionRefused, match="encoding"):
        await adopt(batch, legacy(*ROWS, encoding="iso-8859-1"), encoding="utf-8")
    assert await pool.fetchval("select count(*) from contact") == 0


async def test_what_the_store_does_not_take_is_told(
    make_batch: MakeBatch, legacy: MakeLegacy, pool: Pool
) -> None:
    await pool.execute("insert into erased_contact values (1, 1, now(), 'tests', null, 'ordered')")
    await pool.execute("insert into erased_number values ('x', 1)")
    keyless = dataclasses.replace(make_batch(), hasher=None)
    with pytest.raises(StoreRefused, match=r"kontakter\.csv: 55000 erased_number"):
        await adopt(keyless, legacy(*ROWS))
    await pool.execute("delete from contact_type where name_type = 'C'")
    for is_dry_run in (True, False):
        with pytest.raises(ContactTypeMissing, match="no contact type C"):
            await adopt(keyless, legacy(*ROWS), is_dry_run=is_dry_run)


async def test_rows_come_in_chunks_and_what_was_stored_before_a_crash_stays(
    make_batch: MakeBatch, legacy: MakeLegacy, pool: Pool
) -> None:
    batch = make_batch(chunk_persons=10)
    rows = [f"C;{day:02}0170{1000 + day};N{day};;J;;2024-01-01;;" for day in range(1, 26)]
    told: list[int] = []

    def stop(progress: object) -> None:
        told.append(1)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await adopt(batch, legacy(*rows), progress=stop)
    assert await pool.fetchval("select count(*) from contact") == 20
    done = await adopt(batch, legacy(*rows))
    assert done.counts == {"created": 5, "unchanged": 20, "wishes": 0}


async def test_a_list_of_cpr_sets_who_is_subscribed(
    batch: Batch, legacy: MakeLegacy, pool: Pool, tmp_path: Path
) -> None:
    await adopt(batch, legacy(*ROWS))
    path = tmp_path / "abonnenter.txt"
    path.write_text(f"{BENT}\n\n{CARL[:6]}-{CARL[6:]}\r\n0404741999\n")
    planned = await subscribed.take(batch, path, is_dry_run=True)
    assert planned.counts == {"not-in-the-store": 1, "subscribed": 2, "unsubscribed": 1}
    assert (await sourced(pool))[ANNA] == (True, None)
    done = await subscribed.take(batch, path)
    assert (done.listed, done.counts) == (3, planned.counts)
    assert await sourced(pool) == {ANNA: (False, None), BENT: (True, True), CARL: (True, False)}
    stored = await everything(pool)
    again = await subscribed.take(batch, path)
    assert again.counts == {"as-listed": 3, "not-in-the-store": 1}
    assert await everything(pool) == stored
    changes = "select count(*) from outbox where routing_key = 'cpr.subscription.changed'"
    assert await pool.fetchval(changes) == 3


async def test_an_old_list_does_not_undo_what_cpr_delivered_later(
    batch: Batch, legacy: MakeLegacy, pool: Pool, tmp_path: Path
) -> None:
    await adopt(batch, legacy(*ROWS))
    (batch.interim.directory / NAME).write_bytes(extract([record("997", ANNA, updated="202405160900")]))
    await import_file(batch, NAME)
    path = tmp_path / "abonnenter.txt"
    path.write_text(f"{ANNA}\n")
    done = await subscribed.take(batch, path, as_of=PRODUCED - dt.timedelta(days=1))
    assert done.counts == {"as-listed": 2, "newer-known": 1, "not-in-the-store": 0}
    assert (await sourced(pool))[ANNA] == (False, None)


async def test_a_list_that_cannot_be_right_changes_nothing(
    batch: Batch, legacy: MakeLegacy, pool: Pool, tmp_path: Path
) -> None:
    await adopt(batch, legacy(*ROWS))
    path = tmp_path / "abonnenter.txt"
    for content, reason in ((None, "No such file"), ("", "no number"), (f"{ANNA}\n010170\n", "line 2")):
        if content is not None:
            path.write_text(content)
        with pytest.raises(AdoptionRefused, match=reason):
            await subscribed.take(batch, path)
    assert (await sourced(pool))[ANNA] == (True, None)


def test_the_documentation_has_every_column() -> None:
    page = (Path(__file__).parents[3] / "docs" / "cpr-batch" / "adoption.md").read_text()
    for column in COLUMNS.values():
        assert f"| `{column.name}` | {column.meaning} |" in page, column.name


def test_a_shape_tells_no_letter_and_no_digit() -> None:
    assert shape("Åse 010170-1996\n") == "aaa 999999-9999?"
    assert len(shape("x" * 100)) == 40
