"""What the store forgets daily, by the settings."""

import datetime as dt

from pydantic import SecretStr
from registerbro import harvesting, housekeeping
from registerbro.alerts import AlertKind, page, raise_alert
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller
from registerbro.configuration.in_force import SettingsInForce
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.settings import AuditSettings, Settings

KEY = SecretStr("k" * 32)
NUMBERS = [CprNumber.parse(text) for text in ("2504619996", "0101609995")]
AGE = dt.timedelta(days=11)


async def test_alerts_go_with_the_accesses_and_noted_persons_with_the_look_back(
    pool: Pool, service_settings: Settings
) -> None:
    audit = AuditSettings(key=KEY, retention_days=10, harvest_minutes=30)
    in_force = SettingsInForce(pool, service_settings.model_copy(update={"audit": audit}))
    auditor = Auditor(pool, KEY, "cpr-direct", limit=harvesting.in_force(in_force))
    caller, purpose = Caller("case-system", None, frozenset()), Purpose(purpose="child support")
    for number in NUMBERS:
        await auditor.asked(caller, "lookup", purpose, number=number)
    await pool.execute(
        "update recently_asked set asked_at = now() - interval '31 min' where number_hash = $1",
        auditor.number_hash(NUMBERS[0]),
    )
    async with pool.acquire() as connection:
        for _ in range(2):
            alert = await raise_alert(connection, AlertKind.HARVESTING, service="s", client="c", facts={})
    await pool.execute(
        "update access_alert set raised_at = now() - $1::interval where alert_id <> $2", AGE, alert.alert_id
    )
    (job,) = housekeeping.jobs(pool, in_force)
    details = await job.work(dt.datetime.now(dt.UTC).date())
    assert details is not None
    assert details["alerts_dropped"] == 1
    assert [each.alert_id for each in await page(pool, is_open=True, before=2**63 - 1, size=10)] == [
        alert.alert_id
    ]
    assert [row["number_hash"] for row in await pool.fetch("select number_hash from recently_asked")] == [
        auditor.number_hash(NUMBERS[1])
    ]
