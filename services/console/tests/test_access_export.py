"""The export for the right of access: everything that is held, of nobody else more than the relation, as JSON and as PDF."""

import datetime as dt
import io
import re
from typing import Any

import httpx
import pypdf
import pytest
from console.contacts import pdf
from console.contacts.export import Export, without_others
from console.contacts.sections import FIELDS, SECTIONS, VALUES
from registerbro.audit import Stage
from registerbro.auth import Scope
from registerbro.contacts import merge
from registerbro.contacts.edit import edit_contact
from registerbro.contacts.groups import GROUPS
from registerbro.contacts.model import Outcome, Protection, Role
from registerbro.contacts.state import Address, Reference
from registerbro.database import Pool

from tests.support.cpr_files import record
from tests.support.deliveries import IMPORT, NOW, delivery, home, to
from tests.support.odata import WHY, OdataClient
from tests.support.services import bearer

ANNA, FORMER, BO, CARL = "0101800001", "0101800009", "0202800002", "0303800003"
OFFICER = (Scope.AUDIT_READ, Scope.PROTECTED_READ)
HELD = {  # the tables that an export is made from
    "address", "audit_log", "case_contact", "contact", "contact_number", "contact_reference", "contact_version",
    "cpr_approval_person", "cpr_open_call", "cpr_order", "cpr_outcome", "cpr_never_subscribed", "cpr_planned",
    "cpr_reconciliation_agreement", "cpr_reconciliation_difference", "cpr_subscription_attempt", "cpr_wish",
    "service_queue", "source_record", "cvrupdate_due", "cvrupdate_import", "cvrupdate_subscription",
}  # fmt: skip
NOT_HELD = {"cpr_never_contact": "a view of never_subscribed", "contact_date": "a view of contact", "contact_info": "a view of contact",
            "audit_inquiry": "a view of audit_log",
    "changed_contact": "of the session",
            "erased_contact": "nobody who is there was erased", "erased_number": "nobody who is there was erased", "recently_asked": "a hash of who was asked for, for an hour"}  # fmt: skip


async def export(
    client: OdataClient, contact_id: int = 1, *scopes: Scope, accept: str = "application/json", **more: str
) -> httpx.Response:
    headers = {**WHY, "Accept": accept, **bearer(client.issuer.token(*(scopes or OFFICER))), **more}
    return await client.http.post(f"/odata/Contacts({contact_id})/Registerbro.Export", headers=headers)


async def fill(pool: Pool) -> None:
    """A person with something in every table, who was two contacts once; relatives, one of them protected."""
    hidden = (Protection("0001", dt.date(2020, 1, 1), None),)
    person: dict[str, Any] = {
        "addresses": {"HA": home("Vestergade 1", "2020-01-01", phone_no="12345678")},
        "references": (to(Role.SPOUSE, BO), to(Role.CHILD, CARL), to(Role.GUARDIAN, name="Gerda Vagt")),
        "records": record("001", ANNA, status="01", sex="K", birth_date=dt.date(1980, 1, 1)),
    }
    await merge.apply(
        pool,
        [
            delivery(BO, fields={"name1": "Bo", "name2": "Synlig"}, references=(to(Role.SPOUSE, ANNA),)),
            delivery(CARL, fields={"name1": "Carl", "name2": "Hemmelig"}, protections=hidden),
        ],
        IMPORT,
        now=NOW,
    )
    await merge.apply(
        pool, [delivery(ANNA, **person), delivery(FORMER, fields={"name1": "Tvilling"})], IMPORT, now=NOW
    )
    await merge.apply(pool, [delivery(FORMER, 2, current_number=ANNA)], IMPORT, now=NOW)
    moved = person | {"addresses": {"HA": home("Nygade 2", "2024-01-03")}}
    await merge.apply(pool, [delivery(ANNA, 3, **moved)], IMPORT, now=NOW)


FACTS = """
insert into case_contact values ('2026-77', $1);
insert into cpr_wish (contact_id, wanted, reason, asked_by, asked_at) values ($1, true, 'open-case', 'EMPLOYEE', now());
insert into cpr_subscription_attempt values ($1, true, 3, now(), 'cpr-closed-today', now());
insert into cpr_order (kind, contact_id, number, key_constant, requested_at, requested_by) values ('subscribe', $1, '0101800001', 'CONSTANT-123456', now(), 'EMPLOYEE');
insert into cpr_open_call (number, kind, client, purpose, due_at) values ('0101800001', 'import', 'journal', 'purpose of a call', now());
insert into cpr_never_subscribed (number, reason, added_at, added_by) values ('0101800009', 'reason of never', now(), 'EMPLOYEE');
insert into cpr_file (file_id, sha256, name, size_bytes, fetched_at, local_name) values (7, '\\x00', 'd240517.l110901', 1, now(), 'd240517.l110901');
insert into cpr_outcome values (7, 1, $1, 'updated', '{name}');
insert into cpr_problem (file_id, severity, reason, ordinal) values (7, 'remark', 'reason of a remark', 1);
insert into cpr_run (run_id, kind) values ('00000000-0000-4000-8000-000000000001', 'dry-run');
insert into cpr_plan (plan_id, run_id, sha256, name, initial_load) values (8, '00000000-0000-4000-8000-000000000001', '\\x00', 'd240518.dry', false);
insert into cpr_planned values (8, 1, $1, 'unchanged');
insert into cpr_approval (approval_id, file_id, run_id, initial_load, persons, endings, share, most) values (9, 7, '00000000-0000-4000-8000-000000000001', false, 1, 1, 0.5, 1);
insert into cpr_approval_person values (9, 1, $1);
insert into cpr_reconciliation (reconciliation_id, name, as_of, listed, compared_at, compared_by) values (5, 'list-of-may', current_date, 1, now(), 'EMPLOYEE');
insert into cpr_reconciliation_agreement values (5, $1, true);
insert into cpr_reconciliation_difference (reconciliation_id, kind, contact_id) values (5, 'missing-here', $1);
insert into service_queue (contact_id, token, failure) values ($1, gen_random_uuid(), 'logic-unreachable');
insert into cvrupdate_import (contact_id, logic_id, failure) values ($1, '4009999991', 'not-json');
insert into cvrupdate_due values ($1, '2031-02-03');
insert into cvrupdate_subscription (contact_id, provider, object_id, state) values ($1, 'kmd-logic', '4009999992', 'subscribed');
insert into audit_log (audit_id, audit_day, stage, client, acting_user, service, action, purpose, fields, contact_ids)
    values (gen_random_uuid(), current_date, 'delivered', 'journal', 'EMPLOYEE', 'cpr-direct', 'look-up', 'purpose of a look', '{name1}', array[$1::bigint]);
"""
TOLD = (
    "2026-77", "open-case", "cpr-closed-today", "CONSTANT-123456", "purpose of a call", "reason of never", "d240517.l110901",
    "reason of a remark", "d240518.dry", "list-of-may", "missing-here", "logic-unreachable", "4009999991", "not-json", "2031-02-03", "4009999992", "purpose of a look", "Vestergade 1", "Nygade 2",
    "12345678", "Bo Synlig", "Gerda Vagt", "Tvilling", "By hand", ANNA, FORMER, "Note of a hand",
)  # fmt: skip


@pytest.fixture
async def filled(pool: Pool) -> Pool:
    await fill(pool)
    contact = await pool.fetchval("select contact_id from contact_number where number = $1", ANNA)
    for statement in FACTS.strip().split(";\n"):
        await pool.execute(re.sub(r"\$1(::bigint)?", str(contact), statement.rstrip(";")))
    version = await pool.fetchval("select version from contact where contact_id = $1", contact)
    async with pool.acquire() as connection:
        changes = {"position": "By hand", "info:Note": [f"Note of a hand about {BO}"]}
        await edit_contact(connection, contact, version, changes, now=NOW)
    return pool


async def test_everything_that_is_held_stands_in_the_export_and_nobody_elses_number(
    filled: Pool, odata: OdataClient
) -> None:
    contact = await filled.fetchval("select contact_id from contact_number where number = $1", ANNA)
    answer = await export(odata, contact)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["schema", "created_at", *SECTIONS]
    assert {name for name in SECTIONS if not body[name]} == set()
    assert [fact for fact in TOLD if fact not in answer.text] == []
    assert [fact for fact in (BO, CARL, "Hemmelig", "EMPLOYEE") if fact in answer.text] == []
    relations = {each["role"]: each for each in body["relations"]}
    assert (relations["Barn"]["other_name"], relations["Barn"]["other_is_protected"]) == (None, True)
    assert relations["Ægtefælle"]["other_name"] == "Bo Synlig"
    assert [each["role"] for each in body["relations_of_others"]] == ["Ægtefælle"]
    fields = {each["name"]: each for each in body["sources"][0]["records"][0]["fields"]}
    assert (fields["pnr"]["value"], fields["status"]["value"]) == (ANNA, "01")
    (looked,) = [each for each in body["disclosures"] if each["action"] == "look-up"]
    assert (looked["client"], looked["purpose"], looked["fields"]) == (
        "journal",
        "purpose of a look",
        ["name1"],
    )
    assert {each["version"] for each in body["history"]} >= {1, 2}
    assert {name for rows in SECTIONS for row in body[rows] for name in row} <= FIELDS.keys()
    tombstone = await filled.fetchval("select contact_id from contact where merged_into = $1", contact)
    assert (await export(odata, tombstone)).json()["numbers"] == body["numbers"]
    rows = await filled.fetch("select contact_ids from audit_log where action = 'contact.export'")
    assert [row["contact_ids"] for row in rows] == [[contact, tombstone]] * 2


async def test_every_table_that_holds_a_person_has_a_section_or_a_reason(pool: Pool) -> None:
    rows = await pool.fetch(
        "select distinct columns.table_name from information_schema.columns join pg_class on relname = table_name and not relispartition"
        " where table_schema = 'public' and column_name in"
        " ('contact_id', 'contact_ids', 'to_contact_id', 'number', 'number_hash')"
    )
    found = {row["table_name"] for row in rows}
    assert found - HELD == NOT_HELD.keys() & found
    assert found >= HELD - {"contact_type"}


async def test_the_pdf_tells_the_same_to_a_reader_that_is_not_ours(filled: Pool, odata: OdataClient) -> None:
    contact = await filled.fetchval("select contact_id from contact_number where number = $1", ANNA)
    answer = await export(odata, contact, accept="application/pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    text = " ".join(
        " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages).split()
    )
    assert [each for each in (*SECTIONS.values(), *TOLD) if each not in text] == []
    assert [each for each in (BO, CARL, "Hemmelig", "EMPLOYEE") if each in text] == []
    assert "KOEN: K (kvinde)" in text


def test_names_of_any_script_are_written_and_what_has_no_form_is_told_by_its_code() -> None:
    names = ["Ærø Ågård", "Łódź Čeština Ğülşen", "Aqqaluk Qaarsorsuaq", "Владимир", "Ελένη", "office ffi"]
    sections: dict[str, Any] = {name: [] for name in SECTIONS} | {
        "contact": [{"name1": name} for name in names] + [{"name1": "محمد"}, {"name2": "a😀b\u2028"}]
    }
    content = pdf.render(Export((1,), NOW, sections))
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert [name for name in names if name not in text] == []
    assert "محمد" in text
    assert "a[U+1F600]b" in text
    assert pdf.NOTHING in text


def test_a_label_may_have_any_name() -> None:
    labels = {
        "fields": ["a field"],
        "type": ["a type"],
        "records": ["a record"],
        "precision": ["a"],
        "value": ["b"],
    }
    dates = {label: [{"value": "2020-05", "precision": "month", "uncertain": True}] for label in labels}
    sections: dict[str, Any] = {name: [] for name in SECTIONS} | {
        "contact": [{"info": labels, "dates": dates}]
    }
    content = pdf.render(Export((1,), NOW, sections))
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert [each for each in ("a field", "a type", "a record") if each not in text] == []
    assert text.count("2020-05 (usikker)") == len(dates)


@pytest.mark.parametrize("lines", [41, 45, 47])
def test_no_heading_stands_alone_at_the_foot_of_a_page(lines: int) -> None:
    sections: dict[str, Any] = {name: [] for name in SECTIONS}
    sections["contact"] = [{f"fact {number}": "told" for number in range(lines)}]
    sections["numbers"] = [{"number": "one"}, {"number": "two"}]
    content = pdf.render(Export((1,), NOW, sections))
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        *shown, footer = page.extract_text().splitlines()
        assert footer.startswith(pdf.TITLE)
        assert shown[-1] not in {*SECTIONS.values(), "1.", "2."}


def test_what_was_changed_is_told_in_danish_also_where_it_was_empty() -> None:
    before = {"details": {"end_date": None}, "addresses": {"changed": [{"address_id": 7}], "added": [8]}}
    row = {"source": "by hand", "groups": ["details", "addresses"], "before": before}
    content = pdf.render(Export((1,), NOW, {name: [] for name in SECTIONS} | {"history": [row]}))
    text = " ".join(
        " ".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(content)).pages).split()
    )
    told = "Kilde: medarbejder Berørte grupper: stilling og datoer, adresser Værdier før ændringen: Stilling og datoer: intet"
    assert f"{told} Adresser: Som det var: Adressens løbenummer: 7 Tilføjet, efter løbenummer: 8" in text


def test_every_code_and_field_of_the_history_has_a_danish_name() -> None:
    assert VALUES["groups"].keys() == set(GROUPS)
    assert VALUES["stages"].keys() == set(Stage)
    assert VALUES["outcome"].keys() >= set(Outcome)
    assert VALUES.keys() | set(GROUPS) <= FIELDS.keys()
    assert {*Address._fields, *Reference._fields} <= FIELDS.keys()


def test_numbers_of_others_are_masked_at_every_depth_and_ones_own_are_not() -> None:
    told = {"a": [f"{ANNA} and {BO} and 020280-0002", {BO: 3}], "b": dt.date(2024, 1, 2)}
    assert without_others(told, {ANNA}) == {
        "a": [f"{ANNA} and 020280-xxxx and 020280-xxxx", {"020280-xxxx": 3}],
        "b": dt.date(2024, 1, 2),
    }
    assert without_others(f"{ANNA}1", {ANNA}) != f"{ANNA}1"


async def test_the_export_needs_both_scopes_a_purpose_a_contact_and_a_form(
    odata: OdataClient, pool: Pool
) -> None:
    for scopes, missing in (
        ((Scope.AUDIT_READ,), "protected:read"),
        ((Scope.CONTACTS_READ, Scope.PROTECTED_READ), "audit:read"),
    ):
        answer = await export(odata, 1, *scopes)
        assert (answer.status_code, answer.json()["scope"]) == (403, missing)
    assert (await export(odata, 1, **{"Registerbro-Purpose": ""})).status_code == 400
    assert (await export(odata, 1)).status_code == 404
    assert (await export(odata, 1, accept="text/html")).status_code == 406
    assert await pool.fetchval("select count(*) from audit_log") == 0
