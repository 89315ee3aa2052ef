"""The report for a person: under every number and contact that is theirs, as JSON and CSV, and silent about employees."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from console.audit import reporting
from registerbro.audit import Access, Auditor, Purpose, Stage
from registerbro.auth import Caller, DevelopmentIssuer, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.settings import Settings

from tests.support.console_watching import slug, watching
from tests.support.services import AUDIT_KEY

REPORT = "/audit/subject-report"
ANNA = Caller("case-system", "anna", frozenset())
CURRENT, FORMER, MERGED, STRANGER = (
    CprNumber.parse(text) for text in ("2504619996", "2504619995", "2504619994", "0101609995")
)


@pytest.fixture
async def person(pool: Pool) -> int:
    """A person with a former number, and another contact that turned out to be the same person; beside a stranger."""
    await pool.execute(
        "insert into oauth2_client (client_id, name) values ('case-system', '=The Municipality')"
    )
    await pool.execute(
        "insert into contact (contact_id, name_type, merged_into) values (7, 'C', null), (8, 'C', 7), (9, 'C', null)"
    )
    await pool.executemany(
        "insert into contact_number (name_type, number, contact_id, is_current) values ('C', $1, $2, $3)",
        [
            (CURRENT.value, 7, True),
            (FORMER.value, 7, False),
            (MERGED.value, 8, False),
            (STRANGER.value, 9, True),
        ],
    )
    auditor = Auditor(pool, AUDIT_KEY, "cpr-direct")
    for why, number in (("current", CURRENT), ("former", FORMER), ("merged", MERGED), ("stranger", STRANGER)):
        await auditor.asked(ANNA, "search-person", Purpose(purpose=why), number=number)
    for why, contact_ids in (
        ("hits with it", [9, 7]),
        ("hits with the merged", [9, 8]),
        ("hits without", [9]),
    ):
        hits = await auditor.asked(ANNA, "search-contacts", Purpose(purpose=why))
        await auditor.delivered(hits, contact_ids=contact_ids, fields=["name1", "HA"])
    return 7


ALL = ["current", "former", "merged", "hits with it", "hits with the merged"]


async def test_all_numbers_and_contacts_of_the_person_are_covered(
    person: int, pool: Pool, service_settings: Settings, issuer: DevelopmentIssuer
) -> None:
    await pool.execute("insert into stored_setting values ('audit', 'retention_days', '400', now(), 'olsen')")
    async with watching(service_settings, issuer, Scope.AUDIT_READ) as dpo:
        named: list[dict[str, Any]] = [{"number": each.value} for each in (CURRENT, FORMER, MERGED)]
        for reports, whom in enumerate([{"contact_id": person}, {"contact_id": 8}, *named]):
            answer = await dpo.post(REPORT, json={"purpose": "asked for by the person", **whom})
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found = [each["purpose"] for each in body["accesses"] if each["action"] != reporting.REPORT]
            assert found == ALL, whom
            assert len(body["accesses"]) - len(found) == reports, "reports made before are accesses, too"
            for secret in ("anna", "dpo", '"9', CURRENT.value, FORMER.value, MERGED.value):
                assert secret not in answer.text
        assert body["retention_days"] == 400
        hit = body["accesses"][ALL.index("hits with it")]
        at = dt.datetime.fromisoformat(hit.pop("at"))
        assert abs(dt.datetime.now(dt.UTC) - at) < dt.timedelta(minutes=5)
        assert hit == {
            "client": "case-system",
            "organisation": "=The Municipality",
            "service": "cpr-direct",
            "action": "search-contacts",
            "stages": ["asked", "delivered"],
            "fields": ["HA", "name1"],
            "purpose": "hits with it",
            "case_reference": None,
            "break_glass_reason": None,
        }
        table = await dpo.post(
            REPORT,
            json={"purpose": "asked for by the person", "contact_id": person},
            headers={"Accept": "text/csv"},
        )
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        assert table.headers["cache-control"] == "no-store"
        lines = [row for row in csv.DictReader(io.StringIO(table.text)) if row["action"] != reporting.REPORT]
        assert [row["purpose"] for row in lines] == ALL
        assert {row["organisation"] for row in lines} == {"'=The Municipality"}
        assert lines[-1]["fields"] == "HA name1"
        row = await pool.fetchrow(
            "select * from audit_log where action = $1 and stage = 'delivered'", reporting.REPORT
        )
        assert row is not None
        assert (row["acting_user"], row["purpose"], row["contact_ids"]) == (
            "dpo",
            "asked for by the person",
            [7],
        )

        unwhy = await dpo.post(REPORT, json={"number": CURRENT.value})
        assert (unwhy.status_code, slug(unwhy)) == (422, "invalid-request")
        why = {"purpose": "asked for by the person"}
        for wrong in (
            {},
            {"number": CURRENT.value, "contact_id": 7},
            {"number": "99"},
            {"contact_id": True},
            {"contact_id": 0},
        ):
            refused = await dpo.post(REPORT, json=why | wrong)
            assert (refused.status_code, slug(refused)) == (422, "invalid-request"), wrong
        nobody = await dpo.post(REPORT, json=why | {"contact_id": 12345})
        assert nobody.json()["accesses"] == []


def test_what_a_spreadsheet_takes_for_a_formula_is_text() -> None:
    access = Access(
        at=dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        stages=(Stage.ASKED,),
        client="c",
        client_name=None,
        service="s",
        action="a",
        purpose='=cmd|"/c calc"',
        case_reference="-1; 010160-1234",
        fields=("name1", "HA"),
        break_glass_reason=None,
    )
    heading, line = csv.reader(io.StringIO(reporting.as_csv([access])))
    assert dict(zip(heading, line, strict=True)) == {
        "at": "2026-01-02T03:04:05+00:00",
        "client": "c",
        "organisation": "",
        "service": "s",
        "action": "a",
        "stages": "asked",
        "fields": "name1 HA",
        "purpose": '\'=cmd|"/c calc"',
        "case_reference": "'-1; 010160-xxxx",
        "break_glass_reason": "",
    }
