"""Orders over HTTP and on the command line."""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from cpr_batch.app import create_app
from cpr_batch.cli import app as command
from cpr_batch.metrics import Figures
from cpr_batch.settings import BatchSettings, CprBatchSettings, OrderSettings
from registerbro import features, telemetry
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.contacts import merge
from registerbro.contacts.wishes import set_wishes
from registerbro.cpr.orders import read_lines
from registerbro.database import Connection, Pool, ensure_partitions, open_connection
from registerbro.features import Feature
from registerbro.settings import Settings
from typer.testing import CliRunner, Result

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.deliveries import IMPORT, NOW, delivery
from tests.support.ftp import FtpServer, settings_of
from tests.support.services import bearer, running

T = TypeVar("T")
INBOX = "ind"
ORDERS = OrderSettings(customer_number="1234", task_number="123401")


@pytest.fixture
def inbox(vsftpd: FtpServer) -> Path:
    """The directory on the server that takes our files."""
    directory = vsftpd.home / INBOX
    directory.mkdir(exist_ok=True)
    directory.chmod(0o777)
    for path in directory.iterdir():
        path.unlink()
    return directory


async def prepare(connection: Connection) -> None:
    """Anna and Bent are contacts 1 and 2, subscribed; Bent should not be. The module CPR is on."""
    await ensure_partitions(connection)
    await features.switch(connection, Feature.CPR, enabled=True, by="test")
    await merge.apply(connection, [delivery(ANNA), delivery(BENT)], IMPORT, now=NOW)
    bent = await connection.fetchval("select contact_id from contact_number where number = $1", BENT)
    async with connection.transaction():
        await set_wishes(connection, {bent: False})


@pytest.fixture
async def client(
    pool: Pool,
    service_settings: Settings,
    interim_directory: Path,
    issuer: DevelopmentIssuer,
    vsftpd: FtpServer,
    ca_file: Path,
    inbox: Path,
) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as connection:
        await prepare(connection)
    section = CprBatchSettings(
        interim_directory=interim_directory,
        ftp=settings_of(vsftpd, ca_file, input_directory=INBOX),
        orders=ORDERS,
    )
    app = create_app(BatchSettings(**dict(service_settings), cpr_batch=section))
    async with running(app) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ, Scope.SUBSCRIPTIONS_MANAGE)))
        yield client


async def test_order_upload_and_look(client: httpx.AsyncClient, inbox: Path) -> None:
    asked = await client.post("/orders", json={"kind": "requisition", "contact_ids": [1, 777]})
    assert asked.status_code == 200, asked.text
    assert asked.json()["counts"] == {"ordered": 1, "unknown-contact": 1}
    assert (await client.post("/orders", json={"all_wishes": True})).json()["counts"] == {
        "withdrawn": 0, "subscribe": 0, "unsubscribe": 1
    }  # fmt: skip
    again = await client.post("/orders", json={"kind": "status-list", "contact_ids": [2]})
    order_id = again.json()["contacts"][0]["order_id"]
    assert (await client.delete(f"/orders/{order_id}")).json()["state"] == "withdrawn"
    assert slug(await client.delete(f"/orders/{order_id}")) == "order-not-open"
    assert slug(await client.delete("/orders/4711")) == "order-unknown"

    previewed = await client.post("/input-files/previews")
    [shown] = previewed.json()
    assert len(shown["lines"]) == 2
    assert ANNA not in previewed.text
    assert (await client.get("/input-files")).json()["items"] == []

    uploaded = (await client.post("/input-files")).json()
    assert shown["name"] == uploaded["files"][0]["name"]
    assert (uploaded["outcome"], uploaded["waiting"]) == ("uploaded", 0)
    [file] = (await client.get("/input-files")).json()["items"]
    assert [file] == uploaded["files"]
    assert [line.number.value for line in read_lines((inbox / file["name"]).read_bytes())] == [ANNA, BENT]
    assert (await client.post("/input-files")).json()["outcome"] == "nothing-waits"

    answer = await client.get("/orders", params={"state": ["uploaded", "confirmed"], "limit": 1})
    [first] = answer.json()["items"]
    assert (first["kind"], first["input_file"], first["is_overdue"]) == ("unsubscribe", file["name"], False)
    rest = await client.get("/orders", params={"state": "uploaded", "after": answer.json()["next"]})
    assert [each["kind"] for each in rest.json()["items"]] == ["requisition"]
    assert (await client.get("/orders", params={"overdue": True})).json()["items"] == []
    assert ANNA not in answer.text + rest.text


async def lost_delivery(connection: Connection) -> int:
    """A gap of the day before today."""
    await connection.execute(
        "insert into cpr_file (sha256, name, size_bytes, fetched_at, local_name) values ('x', 'd', 1, now(), 'd')"
    )
    gap_id = await connection.fetchval(
        "insert into cpr_gap (task_number, missing_date, after_date, before_date, file_id)"
        " select '123401', current_date - 1, current_date - 2, current_date, file_id from cpr_file returning gap_id"
    )
    return int(gap_id)


async def test_a_lost_delivery_is_ordered_anew(client: httpx.AsyncClient, pool: Pool) -> None:
    async with pool.acquire() as connection:
        gap_id = await lost_delivery(connection)
    answer = await client.post(f"/gaps/{gap_id}/orders")
    assert answer.json() == {"counts": {"ordered": 2}, "contacts": []}
    orders = (await client.get("/orders")).json()["items"]
    assert {(each["kind"], each["gap_id"], each["state"]) for each in orders} == {
        ("requisition", gap_id, "waiting")
    }
    assert await pool.fetchval("select closed_how from cpr_gap") == "order"
    assert slug(await client.post(f"/gaps/{gap_id}/orders")) == "gap-closed"
    assert slug(await client.post("/gaps/99/orders")) == "gap-unknown"
    assert await pool.fetchval("select count(*) from cpr_order") == 2


@pytest.mark.parametrize(
    "body",
    [{}, {"kind": "subscribe"}, {"contact_ids": [1]}, {"kind": "subscribe", "contact_ids": []},
     {"kind": "subscribe", "contact_ids": [1], "all_wishes": True}, {"kind": "requisition", "all_wishes": True},
     {"kind": "subscribe", "contact_ids": [0]}, {"kind": "subscribe", "contact_ids": ["1"]},
     {"kind": "subscribe", "contact_ids": [1] * 1001}, {"kind": "move", "contact_ids": [1]}],
)  # fmt: skip
async def test_a_slip_orders_nothing(body: dict[str, Any], client: httpx.AsyncClient, pool: Pool) -> None:
    assert slug(await client.post("/orders", json=body)) == "invalid-request"
    assert await pool.fetchval("select count(*) from cpr_order") == 0


async def test_metrics_count_orders_by_state(client: httpx.AsyncClient, pool: Pool) -> None:
    await client.post("/orders", json={"kind": "requisition", "contact_ids": [1, 2]})
    await pool.execute(
        "update cpr_order set state = 'uploaded', answer_due_at = now() - interval '1 s' where contact_id = 1"
    )
    figures = Figures()
    await figures.read(pool)
    samples = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in figures.collect()
        for sample in family.samples
    }
    assert samples["registerbro_cpr_batch_orders", "waiting"] == 1
    assert samples["registerbro_cpr_batch_orders", "uploaded"] == 1
    assert samples["registerbro_cpr_batch_orders", "rejected"] == 0
    assert samples["registerbro_cpr_batch_orders_overdue", None] == 1


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"].rsplit("/", 1)[1])


Run = Callable[..., Result]


def on_store(database_url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_connection(database_url) as connection:
            return await work(connection)

    return asyncio.run(opened())


@pytest.fixture
def run_any(
    database_url: str,
    interim_directory: Path,
    vsftpd: FtpServer,
    ca_file: Path,
    inbox: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs the command in this process."""
    on_store(database_url, prepare)
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    section = "REGISTERBRO_CPR_BATCH__"
    environment = {
        "REGISTERBRO_DATABASE__URL": database_url,
        f"{section}INTERIM_DIRECTORY": str(interim_directory),
        f"{section}FTP__HOST": vsftpd.host,
        f"{section}FTP__PORT": str(vsftpd.port),
        f"{section}FTP__USER": vsftpd.user,
        f"{section}FTP__PASSWORD": vsftpd.password,
        f"{section}FTP__INPUT_DIRECTORY": INBOX,
        f"{section}FTP__CA_FILE": str(ca_file),
        f"{section}ORDERS__CUSTOMER_NUMBER": "1234",
        f"{section}ORDERS__TASK_NUMBER": "123401",
    }

    def run(*arguments: str, **changes: str | None) -> Result:
        given = {name: value for name, value in (environment | changes).items() if value is not None}
        return CliRunner().invoke(command, arguments, env=given)

    return run


@pytest.fixture
def run(run_any: Run) -> Run:
    """Runs one of the commands for orders."""
    return functools.partial(run_any, "orders")


def test_the_commands_order_show_and_upload(run: Run, inbox: Path) -> None:
    added = run("add", "requisition", "--contact", "1", "--contact", "9")
    assert (added.exit_code, added.stderr) == (0, "")
    assert "unknown-contact" in added.stdout
    assert "unsubscribe 1" in run("add", "--wishes").stdout
    shown = run("upload", "--dry-run")
    assert [line[:2] for line in shown.stdout.splitlines()[1:]] == ["07", "06"]
    assert ANNA not in shown.stdout
    assert arrived(inbox) == 0
    uploaded = run("upload")
    assert uploaded.exit_code == 0, uploaded.output
    assert arrived(inbox) == 2
    assert run("upload").stdout == "nothing\n"
    assert run().stdout.count("uploaded") == 2
    orders = json.loads(run("list", "--json").stdout)
    assert {each["state"] for each in orders} == {"uploaded"}
    refused = run("withdraw", str(orders[0]["order_id"]))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_the_command_orders_what_was_lost(run_any: Run, database_url: str) -> None:
    gap_id = on_store(database_url, lost_delivery)
    assert run_any("gaps", "order", str(gap_id)).stdout == "ordered 2\n"
    refused = run_any("gaps", "order", str(gap_id))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_the_command_adopts_and_takes_a_list(run_any: Run, tmp_path: Path) -> None:
    file = tmp_path / "kontakter.csv"
    file.write_text(f"NAME_TYPE;NAME_CODE;REGISTER_DATE\nC;{CARL};2024-01-02\nC;123;2024-01-02\n")
    planned = run_any("import-legacy", str(file), "--dry-run")
    assert (planned.exit_code, planned.stdout.splitlines()[0]) == (
        3,
        "would be: created 1, rejected 1, wishes 0",
    )
    done = run_any("import-legacy", str(file), "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["faults"] == [
        {"line": 3, "column": "NAME_CODE", "value": "999", "reason": "not a CPR number: ten digits expected"}
    ]
    listed = tmp_path / "liste.txt"
    listed.write_text(f"{CARL}\n")
    taken = run_any("import-legacy", "--subscribed-list", str(listed))
    assert (taken.exit_code, taken.stdout) == (0, "as-listed 1, not-in-the-store 0, unsubscribed 2\n")
    for words in ((), (str(file), "--subscribed-list", str(listed)), (str(tmp_path / "none.csv"),)):
        assert run_any("import-legacy", *words).exit_code == 2


def arrived(inbox: Path) -> int:
    return sum(len(read_lines(path.read_bytes())) for path in inbox.iterdir())


@pytest.mark.parametrize(
    "words",
    [("add",), ("add", "--contact", "1"), ("add", "subscribe"), ("add", "requisition", "--wishes"),
     ("add", "subscribe", "--contact", "1", "--wishes"), ("add", "move", "--contact", "1"), ("withdraw", "0")],
)  # fmt: skip
def test_wrong_use_is_exit_code_2(words: tuple[str, ...], run: Run) -> None:
    assert run(*words).exit_code == 2


def test_without_settings_the_command_says_what_to_set(run: Run) -> None:
    section = "REGISTERBRO_CPR_BATCH__ORDERS__"
    refused = run("add", "--wishes", **{f"{section}CUSTOMER_NUMBER": None, f"{section}TASK_NUMBER": None})
    assert refused.exit_code == 2
    assert f"{section}CUSTOMER_NUMBER" in refused.stderr
