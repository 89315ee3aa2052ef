"""The configuration over HTTP: what is shown, changed and refused, and what is written down of it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from console.app import create_app
from registerbro.configuration.groups import STARTER
from registerbro.database import Pool
from registerbro.events import ConfigurationChanged, FeatureChanged, parse_event
from registerbro.settings import EventSettings

from tests.support import secrets_in_use
from tests.support.console_service import MakeConsole
from tests.support.services import running

CVR = "/configuration/sources/CVR-J"
CPR = "/configuration/sources/CPR"
TYPES = "/configuration/contact-types"
POLICY = "/configuration/policy"
RETENTION = "/configuration/retention"
SCHEDULES = "/configuration/schedules"
FEATURES = "/configuration/features"
OWN = {"name_type": "F", "title": "Foreninger", "auto_id": True, "length": 6, "text": "clubs"}


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[-1]


async def history(client: httpx.AsyncClient, topic: str, name: str | None = None) -> list[dict[str, Any]]:
    asked = {"topic": topic} | ({} if name is None else {"name": name})
    answer = await client.get("/configuration/history", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def announced(pool: Pool) -> list[tuple[str, str]]:
    events = [
        parse_event(row["body"].encode()).data
        for row in await pool.fetch("select body from outbox order by sequence")
    ]
    return [
        (each.topic, each.subject) if isinstance(each, ConfigurationChanged) else (each.NAME, each.feature)
        for each in events
        if isinstance(each, ConfigurationChanged | FeatureChanged)
    ]


async def test_modules_are_switched_and_who_did_it_is_kept(admin: httpx.AsyncClient, pool: Pool) -> None:
    for _ in range(2):
        answer = await admin.put(f"{FEATURES}/CVR Update", json={"enabled": True})
        assert (answer.status_code, answer.json()["enabled"]) == (200, True)
        assert (answer.json()["rests_for"], answer.json()["changed_by"]) == ("CVR", "ADMIN")
    assert (await admin.put(f"{FEATURES}/CVR", json={"enabled": True})).json()["rests_for"] is None
    shown = {each["feature"]: each for each in (await admin.get(FEATURES)).json()["items"]}
    assert {name: each["enabled"] for name, each in shown.items()} == {
        "CPR": False,
        "CVR": True,
        "CVR Update": True,
    }
    assert shown["CVR Update"]["rests_for"] is None
    [change] = await history(admin, "feature", "CVR Update")
    assert (change["client"], change["acting_user"]) == ("administration", "ADMIN")
    assert change["changes"] == {"enabled": [False, True]}
    assert await announced(pool) == [("feature.changed", "CVR Update"), ("feature.changed", "CVR")]
    for wrong in ({"enabled": "yes"}, {}, {"enabled": True, "more": 1}):
        assert (await admin.put(f"{FEATURES}/CPR", json=wrong)).status_code == 422
    assert (await admin.put(f"{FEATURES}/CPR Direkte", json={"enabled": True})).status_code == 422


async def test_the_preset_types_are_as_the_vendor_has_them(admin: httpx.AsyncClient) -> None:
    found = {each["name_type"]: each for each in (await admin.get(TYPES)).json()["items"]}
    assert [
        (code, each["title"], each["auto_id"], each["length"], each["validation"])
        for code, each in found.items()
        if code in {"J", "V"}
    ] == [
        ("J", "Virksomheder (med CVR)/Companies (with CVR)", False, 8, "CVR (Legal Units)"),
        ("V", "Produktionsenheder/Production units", False, 10, "CVR (Production Units)"),
    ]
    assert {code for code, each in found.items() if each["is_preset"]} == {"C", "J", "P", "V"}
    for field, value in {"length": 9, "validation": "text", "auto_id": True}.items():
        answer = await admin.patch(f"{TYPES}/J", json={field: value})
        assert (answer.status_code, slug(answer), answer.json()["fields"]) == (
            409,
            "contact-type-preset",
            [field],
        )
    assert (await admin.delete(f"{TYPES}/J")).status_code == 409
    changed = await admin.patch(f"{TYPES}/J", json={"title": "Firmaer", "text": "by CVR number"})
    assert (changed.status_code, changed.json()["title"], changed.json()["length"]) == (200, "Firmaer", 8)


async def test_own_contact_types_come_change_and_go(admin: httpx.AsyncClient, pool: Pool) -> None:
    assert (await admin.post(TYPES, json=OWN)).status_code == 201
    again = await admin.post(TYPES, json=OWN)
    assert (again.status_code, slug(again)) == (409, "contact-type-exists")
    contact = await pool.fetchval("insert into contact (name_type) values ('F') returning contact_id")
    await pool.execute(
        "insert into contact_number (name_type, number, contact_id, is_current) values ('F', '000007', $1, true)",
        contact,
    )
    narrowed = await admin.patch(f"{TYPES}/F", json={"length": 4})
    assert (narrowed.status_code, slug(narrowed), narrowed.json()["contacts"]) == (
        409,
        "contact-type-narrowed",
        1,
    )
    wider = await admin.patch(f"{TYPES}/F", json={"length": 8})
    assert (wider.status_code, wider.json()["length"]) == (200, 8)
    used = await admin.delete(f"{TYPES}/F")
    assert (used.status_code, used.json()["contacts"]) == (409, 1)
    await pool.execute("delete from contact_number")
    await pool.execute("delete from contact")
    named = await admin.put(CPR, json={"fields": {"guardian_name_type": "F"}})
    assert named.status_code == 200
    used = await admin.delete(f"{TYPES}/F")
    assert (used.status_code, used.json()["sources"]) == (409, ["guardianNameType of CPR"])
    await admin.put(CPR, json={"fields": {"guardian_name_type": "P"}})
    assert (await admin.delete(f"{TYPES}/F")).status_code == 204
    assert (await admin.get(f"{TYPES}/F")).status_code == 404
    assert (await admin.delete(f"{TYPES}/F")).status_code == 404
    kept = await history(admin, "contact-type", "F")
    assert [each["action"] for each in kept] == ["removed", "changed", "created"]
    assert kept[1]["changes"] == {"length": [6, 8]}
    assert ("contact-type", "F") in await announced(pool)


REFUSED_TYPES: dict[str, dict[str, Any]] = {
    "code": {"name_type": "f"},
    "title": {"title": ""},
    "control character": {"title": "a\tb"},
    "like a number": {"text": "as 010160-1234"},
    "length": {"length": 0},
    "longest": {"length": 51},
    "counted beyond integers": {"length": 19},
    "validation": {"validation": "guess"},
    "counted CPR numbers": {"validation": "CPR"},
    "no truth": {"auto_id": 0},
    "unknown field": {"colour": "blue"},
}


async def test_types_that_could_not_work_are_refused(admin: httpx.AsyncClient) -> None:
    for name, wrong in REFUSED_TYPES.items():
        answer = await admin.post(TYPES, json=OWN | wrong)
        assert answer.status_code == 422, name
        assert answer.json()["errors"][0]["detail"], name
    assert (await admin.patch(f"{TYPES}/J", json={"title": None})).status_code == 422
    assert await history(admin, "contact-type") == []


async def test_a_source_is_changed_by_fields_and_by_its_string(admin: httpx.AsyncClient, pool: Pool) -> None:
    text = r"IP=10.1.2.3;DefFiles=.\CPRkilde\P12170.*;ForceUpdate=N;Subscription=0;guardianNameType=P"
    answer = await admin.put(CPR, json={"parameters": text})
    assert answer.status_code == 200, answer.text
    assert answer.json()["parameters"] == text
    assert answer.json()["fields"] == {
        "force_update": False,
        "subscription": False,
        "guardian_name_type": "P",
    }
    assert answer.json()["others"] == {"IP": "10.1.2.3", "DefFiles": r".\CPRkilde\P12170.*"}
    changed = await admin.put(CPR, json={"fields": {"subscription": True}, "record_types": ["001", "003"]})
    assert changed.json()["parameters"] == text.replace("Subscription=0", "Subscription=1")
    assert changed.json()["record_types"] == ["001", "003"]
    assert changed.json() == (await admin.get(CPR)).json()
    others = await admin.put(CPR, json={"others": {"Colour": "blue"}})
    assert others.json()["parameters"] == "ForceUpdate=N;Subscription=1;guardianNameType=P;Colour=blue"
    [last, middle, _] = await history(admin, "external-source", "CPR")
    assert last["changes"]["parameters"][1] == others.json()["parameters"]
    assert middle["changes"]["record_types"] == [None, ["001", "003"]]
    assert await announced(pool) == [("external-source", "CPR")] * 3
    nothing = await admin.put(CPR, json={"fields": {"subscription": True}})
    assert nothing.status_code == 200
    assert len(await history(admin, "external-source", "CPR")) == 3


async def test_a_password_goes_in_and_never_out(
    admin: httpx.AsyncClient, pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (secrets_in_use.add(f"{each} password of the agreement") for each in ("old", "new"))
    answers = [
        await admin.put(CVR, json={"parameters": f"Level:2, UserID:abc; Password={first}"}),
        await admin.put(CVR, json={"fields": {"level": 3}, "password": second}),
        await admin.put(CVR, json={"parameters": "Level:2, UserID:abc"}),
        await admin.get(CVR),
        await admin.get("/configuration/sources"),
        await admin.get("/configuration/history"),
    ]
    assert [each.status_code for each in answers] == [200] * 6
    assert [each.json()["has_password"] for each in answers[:4]] == [True] * 4
    assert answers[0].json()["parameters"] == "Level:2, UserID:abc; "
    kept = await history(admin, "external-source", "CVR-J")
    assert [each["changes"].get("password") for each in kept] == [None, [True, True], [False, True]]
    assert (await admin.put(CVR, json={"password": second})).status_code == 200
    assert len(await history(admin, "external-source", "CVR-J")) == 3  # it was that already
    assert not any(secrets_in_use.is_in(each.text) for each in answers)
    for table in ("configuration_change", "external_source", "outbox", "stored_secret"):
        rows = await pool.fetch(f"select t::text as text from {table} as t")
        assert not any(secrets_in_use.is_in(row["text"]) for row in rows), table
    assert not secrets_in_use.is_in(capsys.readouterr().err)
    gone = await admin.put(CVR, json={"password": None})
    assert (
        gone.json()["has_password"],
        await pool.fetchval("select count(*) from stored_secret where name = 'CVR-J password'"),
    ) == (False, 0)


REFUSED_SOURCES: list[tuple[str, dict[str, Any], str]] = [
    (CPR, {"parameters": "ForceUpdate=X;Subscription=2"}, "Subscription: must be 0 or 1."),
    (CPR, {"parameters": "ForceUpdate"}, "parameter 1: not of the form key=value."),
    (CPR, {"parameters": "guardianNameType=Z"}, "guardianNameType: there is no such contact type."),
    (CPR, {"parameters": "Password=hidden-word"}, "Password: a secret that is not used; leave it out."),
    (
        CPR,
        {"others": {"ClientSecret": "hidden-word"}},
        "ClientSecret: a secret that is not used; leave it out.",
    ),
    (CPR, {"others": {"Colour": "hidden;word"}}, "Colour: cannot be written in a parameter string."),
    (CPR, {"others": {"ForceUpdate": "J"}}, "others: a key is a word of its own that is no field."),
    (CPR, {"others": {"Colour": "010160-1234"}}, "Colour: must not look like a personal number."),
    (CVR, {"fields": {"user_id": "hidden, Level:1"}}, "UserID: cannot be written in a parameter string."),
    (CVR, {"fields": {"user_id": "hidden;word"}}, "UserID: cannot be written in a parameter string."),
    (CVR, {"parameters": "Level:4"}, "Level: must be 0 or 1 or 2 or 3."),
]
MALFORMED_SOURCES: list[tuple[str, dict[str, Any]]] = [
    (CPR, {"parameters": "ForceUpdate=J", "fields": {"force_update": True}}),
    (CPR, {"fields": {"force_update": "J"}}),
    (CPR, {"fields": {"force_update": 1}}),
    (CPR, {"fields": {"level": 1}}),
    (CPR, {"record_types": ["1"]}),
    (CPR, {"record_types": []}),
    (CVR, {"password": ""}),
    (CVR, {"record_types": ["001"]}),
]


async def test_wrong_parameters_are_refused_with_the_reason(admin: httpx.AsyncClient) -> None:
    before = (await admin.get("/configuration/sources")).json()
    for path, wrong, reason in REFUSED_SOURCES:
        answer = await admin.put(path, json=wrong)
        assert (answer.status_code, slug(answer)) == (422, "parameters-refused"), wrong
        assert reason in answer.json()["reasons"], answer.text
        assert "hidden" not in answer.text
    for path, malformed in MALFORMED_SOURCES:
        assert (await admin.put(path, json=malformed)).status_code == 422, malformed
    assert (await admin.get("/configuration/sources")).json() == before
    assert await history(admin, "external-source") == []


async def test_a_string_is_read_as_a_change_would_and_nothing_is_stored(admin: httpx.AsyncClient) -> None:
    before = (await admin.get("/configuration/sources")).json()
    password = secrets_in_use.add("told-in-a-string-5")
    text = f"Level:2, UserID:abc; Password={password}; Assembly=Cvr.dll"
    read = await admin.post(f"{CVR}/reading", json={"parameters": text})
    assert read.status_code == 200, read.text
    assert read.json()["parameters"] == "Level:2, UserID:abc; Assembly=Cvr.dll"
    assert (read.json()["others"], read.json()["brings_password"]) == ({"Assembly": "Cvr.dll"}, True)
    assert {"level": 2, "user_id": "abc", "company_name_type": "J"}.items() <= read.json()["fields"].items()
    read = await admin.post(f"{CPR}/reading", json={"parameters": "Subscription=1"})
    assert read.json()["fields"] == {"force_update": True, "subscription": True, "guardian_name_type": "P"}
    assert read.json()["brings_password"] is False
    for path, wrong, reason in REFUSED_SOURCES:
        if "parameters" in wrong:
            answer = await admin.post(f"{path}/reading", json=wrong)
            assert (answer.status_code, slug(answer)) == (422, "parameters-refused"), wrong
            assert reason in answer.json()["reasons"]
    assert (await admin.get("/configuration/sources")).json() == before
    assert await history(admin, "external-source") == []


async def test_settings_say_which_values_they_may_have(admin: httpx.AsyncClient) -> None:
    shown = {
        each["name"]: (each["least"], each["most"], each["choices"])
        for path in (POLICY, RETENTION)
        for each in (await admin.get(path)).json()["settings"]
    }
    assert shown["subscriptions.told_by"] == (None, None, ["online", "input-file"])
    assert shown["subscriptions.brake_share"] == (0, 1, None)
    assert shown["subscriptions.brake_least"] == (1, None, None)
    assert shown["subscriptions.rule"] == (None, None, None)
    assert shown["events.inbox_days"] == (2, 3650, None)
    for name, (_, most, _) in shown.items():
        if most is not None:
            path = POLICY if name.startswith("subscriptions") else RETENTION
            assert (await admin.patch(path, json={"values": {name: most + 1}})).status_code == 422, name


async def test_of_two_administrators_at_once_the_later_one_is_told(admin: httpx.AsyncClient) -> None:
    read = (await admin.get(CPR)).headers["etag"]
    texts = [f"ForceUpdate=J;Colour={colour}" for colour in ("blue", "red")]
    answers = await asyncio.gather(
        *(admin.put(CPR, json={"parameters": each}, headers={"If-Match": read}) for each in texts)
    )
    assert sorted(each.status_code for each in answers) == [200, 412]
    [won] = [text for text, each in zip(texts, answers, strict=True) if each.status_code == 200]
    assert (await admin.get(CPR)).json()["parameters"] == won
    assert len(await history(admin, "external-source", "CPR")) == 1
    days = [{"events.outbox_days": 100, "events.inbox_days": 200}, {"events.outbox_days": 80}]
    await asyncio.gather(*(admin.patch(RETENTION, json={"values": each}) for each in days))
    shown = {each["name"]: each["value"] for each in (await admin.get(RETENTION)).json()["settings"]}
    assert shown["events.outbox_days"] < shown["events.inbox_days"]


async def test_settings_are_changed_all_or_nothing(admin: httpx.AsyncClient, pool: Pool) -> None:
    answer = await admin.patch(
        POLICY, json={"values": {"subscriptions.delay_days": 14, "subscriptions.policy_at": None}}
    )
    assert answer.status_code == 200, answer.text
    shown = {each["name"]: each for each in answer.json()["settings"]}
    delay = shown["subscriptions.delay_days"]
    assert (delay["value"], delay["default"], delay["is_stored"], delay["changed_by"]) == (
        14,
        7,
        True,
        "ADMIN",
    )
    assert shown["subscriptions.policy_at"]["value"] is None
    wrong = {
        "subscriptions.delay_days": -1,
        "subscriptions.rule": "no_such_rule",
        "subscriptions.told_by": "pigeon",
        "subscriptions.brake_least": True,
        "subscriptions.delay_day": 1,
        "audit.key": "k" * 40,
    }
    for name, value in wrong.items():
        body = {"values": {name: value, "subscriptions.brake_share": 0.5}}
        refused = await admin.patch(POLICY, json=body)
        assert (refused.status_code, slug(refused)) == (422, "settings-refused"), name
        [error] = refused.json()["errors"]
        assert error["pointer"] == f"body/values/{name}"
        assert error["detail"]
    assert await history(admin, "policy") == (kept := await history(admin, "policy", "all"))
    assert [each["changes"] for each in kept] == [
        {
            "subscriptions.delay_days": [{}, {"value": 14}],
            "subscriptions.policy_at": [{}, {"value": None}],
        }
    ]
    back = await admin.patch(POLICY, json={"unset": ["subscriptions.delay_days"]})
    shown = {each["name"]: each for each in back.json()["settings"]}
    assert (shown["subscriptions.delay_days"]["value"], shown["subscriptions.delay_days"]["is_stored"]) == (
        7,
        False,
    )
    inbox = await admin.patch(RETENTION, json={"values": {"events.inbox_days": 5}})
    assert (inbox.status_code, "more than outbox_days" in inbox.text) == (422, True)
    assert ("policy", "subscriptions.delay_days") in await announced(pool)
    outdated = await admin.patch(
        POLICY, json={"unset": ["subscriptions.policy_at"]}, headers={"If-Match": '"0"'}
    )
    assert (outdated.status_code, slug(outdated)) == (412, "version-mismatch")


@pytest.fixture
async def fixed(make_settings: MakeConsole, admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The console beside a replica that is told how long events are kept, and when the signing key's age is looked at."""
    told = make_settings(shared={"events": EventSettings(outbox_days=20)}, rotate_at=dt.time(4))
    async with running(create_app(told)):
        yield admin


async def test_what_an_environment_fixes_is_not_changed(fixed: httpx.AsyncClient) -> None:
    answer = await fixed.patch(RETENTION, json={"values": {"events.outbox_days": 30}})
    assert (answer.status_code, slug(answer)) == (409, "setting-fixed")
    assert answer.json()["fixed"] == [
        {"name": "events.outbox_days", "service": "console", "fixed_by": STARTER}
    ]
    shown = {each["name"]: each for each in (await fixed.get(RETENTION)).json()["settings"]}
    assert shown["events.outbox_days"]["value"] == 20
    job = await fixed.put(f"{SCHEDULES}/console.keys", json={"at": "05:00"})
    assert (job.status_code, slug(job), job.json()["fixed_by"]) == (
        409,
        "schedule-fixed",
        f"{STARTER} of console",
    )
    narrow = await fixed.patch(RETENTION, json={"values": {"events.inbox_days": 19}})
    assert narrow.status_code == 422
    assert (await fixed.patch(RETENTION, json={"values": {"audit.retention_days": 400}})).status_code == 200


async def test_schedules_are_listed_and_changed_in_one_place(admin: httpx.AsyncClient, pool: Pool) -> None:
    found = {each["job"]: each for each in (await admin.get(SCHEDULES)).json()["items"]}
    assert {"store.partitions", "console.housekeeping", "console.keys"} <= found.keys()
    assert found["console.housekeeping"]["default_at"] == "01:30"
    assert found["console.housekeeping"]["services"] == ["console"]
    path = f"{SCHEDULES}/console.housekeeping"
    moved = (await admin.put(path, json={"at": "04:45"})).json()
    assert (moved["at"], moved["default_at"], moved["is_set"], moved["changed_by"]) == (
        "04:45",
        "01:30",
        True,
        "ADMIN",
    )
    off = (await admin.put(path, json={"at": None})).json()
    assert (off["at"], off["next_at"], off["is_set"]) == (None, None, True)
    back = (await admin.put(path, json={"default": True})).json()
    assert (back["at"], back["is_set"]) == ("01:30", False)
    assert [each["changes"]["at"] for each in await history(admin, "schedule", "console.housekeeping")] == [
        [None, "default"],
        ["04:45", None],
        ["default", "04:45"],
    ]
    needed = await admin.put(f"{SCHEDULES}/store.partitions", json={"at": None})
    assert (needed.status_code, slug(needed)) == (409, "schedule-needed")
    assert (await admin.put(f"{SCHEDULES}/no.such.job", json={"at": "01:00"})).status_code == 404
    for wrong in ({}, {"at": "25:00"}, {"at": "1:00"}, {"at": "01:00", "default": True}, {"default": False}):
        assert (await admin.put(path, json=wrong)).status_code == 422, wrong
    assert await announced(pool) == [("schedule", "console.housekeeping")] * 3


async def test_the_interval_of_a_recurring_job_is_changed_and_it_is_run_now(
    admin: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute(
        "insert into scheduled_job (job, service, default_every, is_needed)"
        " values ('some.sync', 'some-service', interval '1 hour', false)"
    )
    path = f"{SCHEDULES}/some.sync"
    shown = (await admin.get(path)).json()
    assert (shown["is_recurring"], shown["every_seconds"], shown["at"]) == (True, 3600, None)
    changed = (await admin.put(path, json={"every_seconds": 600})).json()
    assert (changed["every_seconds"], changed["default_every_seconds"]) == (600, 3600)
    asked = await admin.post(f"{path}/runs")
    assert (asked.status_code, asked.json()["next_at"] is None) == (202, False)
    assert await pool.fetchval("select asked_at is not null from job_beat where job = 'some.sync'")
    for job, body in (("some.sync", {"at": "04:00"}), ("console.housekeeping", {"every_seconds": 600})):
        refused = await admin.put(f"{SCHEDULES}/{job}", json=body)
        assert (refused.status_code, slug(refused)) == (422, "schedule-unfit")
    daily = await admin.post(f"{SCHEDULES}/console.housekeeping/runs")
    assert slug(daily) == "schedule-unfit"
