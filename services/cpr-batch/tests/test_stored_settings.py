"""Settings that operators store: precedence, refusals, secrets, history, and what keeps directory, pattern and prefix as they are."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cpr_batch import locks, transfer
from cpr_batch.app import create_app
from cpr_batch.batch import Batches
from cpr_batch.configuration import changing, names
from cpr_batch.configuration.fields import fields
from cpr_batch.errors import SettingsOutdated, SettingsUnusable
from cpr_batch.settings import BatchSettings, CprBatchSettings
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.events import ConfigurationChanged, parse_event
from registerbro.features import Feature
from registerbro.secrets import SecretStore
from registerbro.settings import SECRETS, Origin, Settings, StoredSecretsSettings, load, origins

from tests.support.cpr_files import ANNA, extract, simple_person
from tests.support.ftp import FtpServer, settings_of
from tests.support.services import bearer, running

NAME = "d240517.l123401"
PASSWORD = "a word that nobody may see"
SERVER = {"ftp.host": "ftp.example.dk", "ftp.user": "somebody", "ftp.password": PASSWORD}
MakeApp = Callable[..., FastAPI]


@pytest.fixture
def make_app(service_settings: Settings, interim_directory: Path) -> MakeApp:
    def make(**settings: Any) -> FastAPI:
        section = CprBatchSettings(interim_directory=interim_directory, **settings)
        return create_app(BatchSettings(**dict(service_settings), cpr_batch=section))

    return make


@pytest.fixture
async def client(
    make_app: MakeApp, issuer: DevelopmentIssuer, pool: Pool
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may read and change settings; only the interim directory is fixed."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    async with running(make_app()) as client:
        client.headers.update(bearer(issuer.token(*Scope, client="console")))
        yield client


async def shown(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    answer = await client.get("/settings")
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["settings"]}


async def change(
    client: httpx.AsyncClient, values: dict[str, Any], *unset: str, **headers: str
) -> httpx.Response:
    return await client.patch("/settings", json={"values": values, "unset": list(unset)}, headers=headers)


def refusals(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"].removeprefix("settings/"): each["detail"] for each in answer.json()["errors"]}


async def test_every_field_of_the_models_is_shown_with_what_a_form_needs(client: httpx.AsyncClient) -> None:
    found = await shown(client)
    assert found.keys() == fields().keys()
    assert {"ftp", "local", "schedule", "brake", "housekeeping"} <= {each["group"] for each in found.values()}
    port = found["ftp.port"]
    assert (port["form"]["type"], port["form"]["maximum"]) == ("integer", 65535)
    assert found["ftp.password"]["is_secret"]
    assert found["daily_at"]["is_nullable"]
    directory = found["interim_directory"]
    assert not directory["is_changeable"]
    assert "the program that started the service" in directory["why_not"]
    body = (await client.get("/settings")).json()
    assert body["store"]["database"]
    assert (body["store"]["is_changeable"], body["source"]["name"]) == (False, "CPR")


async def test_a_whole_server_is_stored_and_counts_at_once_in_every_replica(
    client: httpx.AsyncClient, make_app: MakeApp, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    assert (await client.get("/remote-files")).status_code == 409
    answer = await change(client, SERVER | {"ftp.port": "2121", "daily_at": "03:30"})
    assert answer.status_code == 200, answer.text
    async with running(make_app()) as other:
        other.headers.update(client.headers)
        found = await shown(other)
    assert (found["ftp.host"]["value"], found["ftp.host"]["origin"]) == ("ftp.example.dk", "stored")
    assert (found["ftp.port"]["value"], found["daily_at"]["value"]) == (2121, "03:30:00")
    assert (found["ftp.password"]["is_set"], found["ftp.password"]["value"]) == (True, None)
    told = [parse_event(row["body"].encode()).data for row in await pool.fetch("select body from outbox")]
    assert {"ftp.port", "daily_at"} <= {
        each.subject for each in told if isinstance(each, ConfigurationChanged) and each.topic == "cpr-batch"
    }


async def test_a_password_is_nowhere_in_clear(
    client: httpx.AsyncClient, pool: Pool, interim_directory: Path
) -> None:
    seen = [(await change(client, SERVER)).text]
    seen += [(await client.get(path)).text for path in ("/settings", "/settings/history", "/journal")]
    for table in ("cpr_setting", "cpr_setting_change", "stored_secret", "cpr_journal", "outbox"):
        seen += [str(dict(row)) for row in await pool.fetch(f"select * from {table}")]
    seen.append((interim_directory / "cprbatch.log").read_text())
    assert "Settings were changed." in seen[-1]
    assert not [text for text in seen if PASSWORD in text]
    [row] = [each for each in (await client.get("/settings/history")).json()["items"] if each["is_secret"]]
    assert (row["name"], row["changed_by"], row["new_value"], row["is_stored"]) == (
        "ftp.password",
        "console",
        None,
        True,
    )


async def test_every_problem_is_named_and_nothing_is_stored(client: httpx.AsyncClient) -> None:
    wrong = {"ftp.port": 0, "pattern": "", "patern": "d*", "interim_directory": "/tmp", "ftp.host": "a\x00b"}
    found = refusals(await change(client, wrong))
    assert found["patern"] == "no such setting; did you mean pattern?"
    assert "fixed by" in found["interim_directory"]
    assert "control characters" in found["ftp.host"]
    found = refusals(await change(client, {"ftp.port": 0, "pattern": "", "ftp.host": "h", "brake.share": 2}))
    assert {"pattern", "ftp.port", "brake.share"} <= found.keys()
    assert refusals(await change(client, {"ftp.host": "h"})).keys() >= {"ftp.user"}
    assert (await client.get("/settings")).json()["version"] == 0


ODD: tuple[Any, ...] = (
    None,
    True,
    [],
    {"a": 1},
    "",
    "\x00",
    "x" * 5000,
    "../..",
    10**30,
    -1,
    1.5,
    "0",
    "none",
)


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
async def test_no_value_breaks_a_check(client: httpx.AsyncClient, value: Any) -> None:
    unset = await client.post("/settings/check", json={"unset": [str(value)]})
    assert [problem["code"] for problem in unset.json()["problems"]] == ["unknown"]
    for group in {field.group for field in fields().values()}:
        wanted = [
            name for name, field in fields().items() if field.group == group and name != "interim_directory"
        ]
        answer = await client.post("/settings/check", json={"values": dict.fromkeys(wanted, value)})
        assert answer.status_code == 200, answer.text
        named = {problem["name"].split(".")[0] for problem in answer.json()["problems"]}
        assert named <= {name.split(".")[0] for name in fields()} | {"settings"}
    assert (await client.get("/settings")).json()["version"] == 0


async def test_changes_have_a_history_and_can_be_taken_back(client: httpx.AsyncClient) -> None:
    await change(client, SERVER)
    other = {"ftp.host": "other.example.dk", "ftp.password": PASSWORD}
    await change(client, other)
    again = await change(client, other)
    assert again.json()["version"] == 2
    await change(client, {"ftp.password": None}, "ftp")
    found = await shown(client)
    assert [name for name, each in found.items() if each["is_set"]] == ["interim_directory"]
    page = (await client.get("/settings/history", params={"limit": 4})).json()
    rows = (await client.get("/settings/history", params={"after": page["next"]})).json()["items"] + page[
        "items"
    ]
    change_of_host = [row for row in rows if row["name"] == "ftp.host"]
    assert {(row["old_value"], row["new_value"]) for row in change_of_host} == {
        (None, "ftp.example.dk"),
        ("ftp.example.dk", "other.example.dk"),
        ("other.example.dk", None),
    }


async def test_a_stored_password_is_not_sent_to_another_host(client: httpx.AsyncClient) -> None:
    await change(client, SERVER)
    found = refusals(await change(client, {"ftp.host": "elsewhere.example.dk"}))
    assert found == {"ftp.password": "must be given again for another host"}
    checked = await client.post("/settings/check", json={"values": {"ftp.host": "elsewhere.example.dk"}})
    assert not checked.json()["is_valid"]
    assert (await change(client, {"ftp.port": 2121, "ftp.host": "ftp.example.dk"})).status_code == 200


async def test_whoever_read_an_old_version_changes_nothing(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/settings")).headers["etag"]
    first = await change(client, {"chunk_persons": 100}, **{"If-Match": etag})
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert (await change(client, {"chunk_persons": 200}, **{"If-Match": etag})).status_code == 412
    assert (await shown(client))["chunk_persons"]["value"] == 100


async def test_a_check_changes_nothing_and_tests_the_connection(
    client: httpx.AsyncClient, vsftpd: FtpServer, ca_file: Path
) -> None:
    given = settings_of(vsftpd, ca_file)
    values = {
        f"ftp.{name}": str(getattr(given, name)) for name in ("host", "port", "user", "directory", "ca_file")
    }
    values["ftp.password"] = vsftpd.password
    body = {"values": values, "with_connection": True}
    found = (await client.post("/settings/check", json=body)).json()
    assert found["is_valid"]
    assert found["connection"]["is_ok"], found
    refused = (await client.post("/settings/check", json={"values": {"ftp.port": 0}})).json()
    assert not refused["is_valid"]
    assert not (await shown(client))["ftp.host"]["is_set"]


async def test_names_stay_while_a_file_waits(
    client: httpx.AsyncClient, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person(ANNA)))
    for values in ({"pattern": "e*"}, {"rename_prefix": "y"}):
        answer = await change(client, values)
        assert (answer.status_code, answer.json()["files"]) == (409, [NAME])
        assert NAME in answer.json()["detail"]
    assert (await change(client, {"chunk_persons": 100})).status_code == 200
    (interim_directory / NAME).rename(interim_directory / f"x{NAME}")
    async with locks.hold(pool, locks.TRANSFERS):
        assert (await change(client, {"rename_prefix": "y"})).status_code == 409
    assert (await change(client, {"rename_prefix": "y"})).status_code == 200


async def test_without_a_key_no_password_is_stored(
    service_settings: Settings, interim_directory: Path, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    without = service_settings.model_copy(update={"secrets": StoredSecretsSettings()})
    section = CprBatchSettings(interim_directory=interim_directory)
    async with running(create_app(BatchSettings(**dict(without), cpr_batch=section))) as client:
        client.headers.update(bearer(issuer.token(*Scope)))
        assert "REGISTERBRO_SECRETS__KEYS" in refusals(await change(client, SERVER))["ftp.password"]
        await pool.execute("insert into stored_secret values ('cpr-batch ftp.password', 'x')")
        for name, value in SERVER.items():
            stored = True if name == "ftp.password" else value
            await pool.execute(
                "insert into cpr_setting (name, value, changed_by) values ($1, $2, 't')", name, stored
            )
        problems = (await client.get("/settings")).json()["problems"]
        assert "no key" in problems[0]
        seen = (await client.get("/readiness")).json()["entries"]["settings"]
        assert (seen["status"], "no key" in seen["description"]) == ("Degraded", True)
        assert (await client.get("/local-files")).status_code == 200
        assert (await client.get("/remote-files")).json()["type"].endswith("settings-unusable")


async def test_a_rotated_key_reads_the_password(pool: Pool, interim_directory: Path) -> None:
    old, new = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
    settings = CprBatchSettings(interim_directory=interim_directory)
    await changing.change(
        Batches(pool, settings, secrets=SecretStore([old])), changing.Wish(SERVER), by="test"
    )
    async with pool.acquire() as connection:
        await SecretStore([new, old]).rotate(connection)
    ftp = (await Batches(pool, settings, secrets=SecretStore([new])).current("test")).settings.ftp
    assert ftp is not None
    assert ftp.password is not None
    assert ftp.password.get_secret_value() == PASSWORD


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, interim_directory: Path
) -> pytest.MonkeyPatch:
    """A file with settings, a secret file and variables, as a process finds them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(SECRETS, str(tmp_path / "secrets"))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "registerbro_cpr_batch__ftp__password").write_text(PASSWORD)
    section = {"pattern": "file*", "chunk_persons": 50, "interim_directory": str(interim_directory)}
    (tmp_path / "appsettings.json").write_text(json.dumps({"cpr_batch": section}))
    for name, value in {"RENAME_PREFIX": "env", "FTP__HOST": "env.example.dk"}.items():
        monkeypatch.setenv(f"REGISTERBRO_CPR_BATCH__{name}", value)
    for name, value in {
        "DATABASE__URL": "postgresql://u@h/d",
        "BUS__URL": "in-process:",
        "AUTH__ISSUER": "i",
        "AUTH__JWKS_URL": "https://i.test",
        "AUDIT__KEY": "k" * 32,
    }.items():
        monkeypatch.setenv(f"REGISTERBRO_{name}", value)
    return monkeypatch


async def test_environment_before_stored_before_file_before_default(
    environment: pytest.MonkeyPatch, pool: Pool
) -> None:
    told = load(BatchSettings).cpr_batch
    assert told.ftp is None  # it lacks its user, which may be stored
    batches = Batches(pool, told, origins=origins(BatchSettings))
    for name, value in {"pattern": "stored*", "rename_prefix": "z", "ftp.user": "stored"}.items():
        await pool.execute(
            "insert into cpr_setting (name, value, changed_by) values ($1, $2, 't')", name, value
        )
    settings = (await batches.current("test")).settings
    assert (settings.rename_prefix, settings.pattern, settings.chunk_persons) == ("env", "stored*", 50)
    assert settings.ftp is not None
    assert (settings.ftp.host, settings.ftp.user) == ("env.example.dk", "stored")
    assert settings.ftp.password is not None
    assert settings.ftp.password.get_secret_value() == PASSWORD
    assert batches.told.origins["ftp", "password"] is Origin.SECRET_FILE
    assert (
        batches.told.fixed_by(("ftp", "host")) == "the environment variable REGISTERBRO_CPR_BATCH__FTP__HOST"
    )
    await pool.execute("update cpr_setting set value = $1 where name = 'pattern'", "env*")
    with pytest.raises(SettingsUnusable, match="rename_prefix must not be"):
        await batches.current("test")


async def test_a_pattern_that_the_environment_changed_is_told_while_files_wait(
    interim_directory: Path, pool: Pool
) -> None:
    def batches(**settings: Any) -> Batches:
        return Batches(pool, CprBatchSettings(interim_directory=interim_directory, **settings))

    await names.remember(await batches().current("test"))
    (interim_directory / NAME).write_bytes(b"waits")
    drifted = await batches(pattern="e*").current("test")
    assert await names.left_behind(drifted) == [NAME]
    await names.remember(drifted)
    assert await names.left_behind(drifted) == [NAME]
    assert await names.left_behind(await batches(pattern="*").current("test")) == []
    (interim_directory / NAME).unlink()
    assert await names.left_behind(drifted) == []


async def test_a_transfer_that_began_under_older_settings_does_not_go_on(
    client: httpx.AsyncClient, interim_directory: Path, pool: Pool, vsftpd: FtpServer, ca_file: Path
) -> None:
    settings = CprBatchSettings(interim_directory=interim_directory, ftp=settings_of(vsftpd, ca_file))
    batch = await Batches(pool, settings).current("test")
    await change(client, {"rename_prefix": "y"})
    with pytest.raises(SettingsOutdated):
        await transfer.fetch(batch)
