"""Subscriptions in CPR Batch: wishes go out with the input file where a setting says so, cases and the policy are looked after."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cpr_batch.app import create_app
from cpr_batch.batch import Batch
from cpr_batch.cli import app
from cpr_batch.orders import uploading
from cpr_batch.orders.preview import preview
from cpr_batch.orders.uploading import UploadOutcome
from cpr_batch.settings import BatchSettings, CprBatchSettings, OrderSettings
from registerbro import features, telemetry
from registerbro.bus import outbox
from registerbro.contacts import merge
from registerbro.contacts.wishes import set_wishes
from registerbro.cpr.orders import read_lines
from registerbro.database import Pool
from registerbro.events import CaseOpened, Event
from registerbro.features import Feature
from registerbro.settings import SECRETS, Settings, SubscriptionSettings, ToldBy
from registerbro.subscriptions import cases, policy
from typer.testing import CliRunner

from tests.support.cpr_files import ANNA
from tests.support.deliveries import IMPORT, NOW, delivery
from tests.support.ftp import FtpServer
from tests.support.services import running
from tests.support.waiting import until

ORDERS = OrderSettings(customer_number="1234", task_number="123401")
MORNING = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
MakeBatch = Callable[..., Batch]


@pytest.fixture
async def anna(pool: Pool) -> int:
    """Subscribed, and should be no longer; the module is switched on."""
    [result] = await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    assert result.contact_id
    async with pool.acquire() as connection, connection.transaction():
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
        await set_wishes(connection, {result.contact_id: False})
    return result.contact_id


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    ("told_by", "from_wishes", "is_ordered"),
    [(ToldBy.ONLINE, False, False), (ToldBy.ONLINE, True, True), (ToldBy.INPUT_FILE, False, True)],
)
async def test_wishes_are_uploaded_where_cpr_is_told_by_input_file(
    make_batch: MakeBatch, vsftpd: FtpServer, told_by: ToldBy, from_wishes: bool, is_ordered: bool
) -> None:
    inbox = vsftpd.home / "ind"
    inbox.mkdir(exist_ok=True)
    inbox.chmod(0o777)
    for path in inbox.iterdir():
        path.unlink()
    orders = ORDERS.model_copy(update={"from_wishes": from_wishes})
    made = make_batch(vsftpd, changes={"input_directory": inbox.name}, orders=orders)
    batch = dataclasses.replace(made, told_by=told_by, now=lambda: MORNING)
    assert len(await preview(batch)) == is_ordered
    done = await uploading.upload(batch)
    assert done.outcome is (UploadOutcome.UPLOADED if is_ordered else UploadOutcome.NOTHING_WAITS)
    sent = [line.number.value for path in inbox.iterdir() for line in read_lines(path.read_bytes())]
    assert sent == ([ANNA] if is_ordered else [])


@pytest.mark.usefixtures("anna")
def test_the_command_line_goes_by_the_same_setting(
    database_url: str, interim_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    section = {"interim_directory": str(interim_directory), "orders": ORDERS.model_dump(mode="json")}
    (tmp_path / "appsettings.json").write_text(json.dumps({"cpr_batch": section}))
    environment = {"REGISTERBRO_DATABASE__URL": database_url, SECRETS: str(tmp_path / "secrets")}
    for told_by, files in (("online", 0), ("input-file", 1)):
        environment["REGISTERBRO_SUBSCRIPTIONS__TOLD_BY"] = told_by
        result = CliRunner().invoke(app, ["orders", "upload", "--dry-run", "--json"], env=environment)
        assert result.exit_code == 0, result.output
        assert len(json.loads(result.stdout)) == files


@pytest.mark.parametrize(
    ("subscriptions", "orders", "reason"),
    [
        (SubscriptionSettings(), None, None),
        (SubscriptionSettings(told_by=ToldBy.INPUT_FILE), ORDERS, None),
        (SubscriptionSettings(told_by=ToldBy.INPUT_FILE), None, "no orders are configured"),
        (SubscriptionSettings(rule="missing_rule"), None, "missing_rule"),
    ],
)
async def test_readiness_says_where_subscriptions_cannot_go_their_way(
    service_settings: Settings,
    interim_directory: Path,
    subscriptions: SubscriptionSettings,
    orders: OrderSettings | None,
    reason: str | None,
) -> None:
    section = CprBatchSettings(interim_directory=interim_directory, orders=orders)
    given = service_settings.model_copy(update={"subscriptions": subscriptions})
    async with running(create_app(BatchSettings(**dict(given), cpr_batch=section))) as client:
        seen = (await client.get("/readiness")).json()["entries"]["subscriptions"]
    assert seen["status"] == ("Degraded" if reason else "Healthy")
    assert (reason or "") in seen.get("description", "")


async def test_the_service_hears_of_cases_and_has_the_policy_job(
    service_settings: Settings, interim_directory: Path, anna: int, pool: Pool
) -> None:
    section = CprBatchSettings(interim_directory=interim_directory)

    async def is_party() -> bool:
        return [party.contact_id for party in await cases.contacts_of(pool, "sag 1")] == [anna]

    async def is_scheduled() -> object:
        return await pool.fetchval("select at = '02:00' from job_schedule where job = $1", policy.JOB)

    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [Event(CaseOpened("sag 1", (anna,)))])
    async with running(create_app(BatchSettings(**dict(service_settings), cpr_batch=section))):
        await until(is_party)
        await until(is_scheduled)
