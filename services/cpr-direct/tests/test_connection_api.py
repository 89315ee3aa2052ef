"""The way to CPR over HTTP: the connection test, wrong passwords, changes of the password, readiness."""

import asyncio
import datetime as dt
from typing import Any

import httpx
from cpr_direct.settings import PasswordSettings
from registerbro.auth import DevelopmentIssuer
from registerbro.database import Pool

from tests.support import secrets_in_use
from tests.support.cpr_files import ANNA
from tests.support.direct_server import NEW_PASSWORD, PASSWORD, DirectServer
from tests.support.direct_service import ALL_SCOPES, PURPOSE, MakeApp, switch_on
from tests.support.services import bearer, running
from tests.support.waiting import until

ASKED = {"number": ANNA, "purpose": PURPOSE}
STEPS = ["address", "connection", "encryption", "logon", "store"]
WRONG = secrets_in_use.add("Falsk--1")


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rsplit("/", 1)[1])


def steps(answer: httpx.Response) -> dict[str, bool | None]:
    return {each["name"]: each["is_ok"] for each in answer.json()["steps"]}


async def register_entry(client: httpx.AsyncClient) -> dict[str, Any]:
    entry: dict[str, Any] = (await client.get("/readiness")).json()["entries"]["CPR Direkte"]
    return entry


async def is_healthy(client: httpx.AsyncClient) -> bool:
    """Reports of readiness are a few seconds old at most."""
    entry = await register_entry(client)
    return bool(entry["status"] == "Healthy")


async def test_the_connection_test_answers_as_the_vendors_button_does(
    direct_client: httpx.AsyncClient,
) -> None:
    answer = await direct_client.post("/connection-tests")
    found = answer.json()
    assert (found["is_ok"], found["message"]) == (True, "Forbindelse og login er OK")
    header = found["header"]
    assert (len(header), header[:4], header[14:22], header[22:24], header[24:28]) == (
        28,
        "1234",
        "WUTEST01",
        "00",
        "0028",
    )
    assert not header[6:14].strip("*")
    assert [each["name"] for each in found["steps"]] == STEPS
    assert steps(answer)["logon"] is True


async def test_each_step_that_fails_is_named_and_later_ones_are_not_tried(
    make_direct_app: MakeApp, issuer: DevelopmentIssuer, pool: Pool, register: DirectServer
) -> None:
    await switch_on(pool)
    headers = bearer(issuer.token(*ALL_SCOPES))
    async with running(make_direct_app(host="no-such-host.invalid")) as client:
        answer = await client.post("/connection-tests", headers=headers)
        assert (steps(answer)["address"], steps(answer)["logon"], answer.json()["message"]) == (
            False,
            None,
            None,
        )
    async with running(make_direct_app(port=1)) as client:
        answer = await client.post("/connection-tests", headers=headers)
        assert (steps(answer)["address"], steps(answer)["connection"]) == (True, False)
    async with running(make_direct_app(tls_by_local_proxy=False)) as client:
        answer = await client.post("/connection-tests", headers=headers)
        assert (steps(answer)["connection"], steps(answer)["encryption"]) == (True, False)
    assert register.logons == []
    async with running(make_direct_app(password=WRONG)) as client:
        answer = await client.post("/connection-tests", headers=headers)
        assert (steps(answer)["logon"], steps(answer)["store"]) == (False, True)
        assert register.logons == ["01"]


async def test_a_wrong_password_is_tried_once_and_then_blocked_until_it_is_another(
    make_direct_app: MakeApp, issuer: DevelopmentIssuer, pool: Pool, register: DirectServer
) -> None:
    await switch_on(pool)
    headers = bearer(issuer.token(*ALL_SCOPES))
    async with running(make_direct_app(password=WRONG)) as client:
        client.headers.update(headers)
        answers = await asyncio.gather(*(client.post("/persons/search", json=ASKED) for _ in range(50)))
        assert {each.status_code for each in answers} == {503}
        assert {slug(each) for each in answers} <= {"logon-refused", "logon-blocked"}
        assert register.logons == ["01"]
        assert slug(await client.post("/persons/search", json=ASKED)) == "logon-blocked"
        assert (await client.get("/connection")).json()["logon_obstacle"]["type"].endswith("/logon-blocked")
    async with running(make_direct_app(password=WRONG)) as client:  # after a restart
        client.headers.update(headers)
        entry = await register_entry(client)
        assert (entry["status"], "No logon is made" in entry["description"]) == ("Degraded", True)
        assert entry["data"]["logon_obstacle"] == "logon-blocked"
        assert slug(await client.post("/persons/search", json=ASKED)) == "logon-blocked"
        assert register.logons == ["01"]

        stored = await client.put("/password", json={"password": PASSWORD})
        assert (stored.status_code, stored.json()["password_origin"]) == (200, "stored")
        assert (await client.post("/persons/search", json=ASKED)).status_code == 200
        assert register.logons == ["01", "00"]
        await until(lambda: is_healthy(client))
        assert (await client.delete("/logon-block")).status_code == 204


async def test_the_password_is_changed_and_told_nobody(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    chosen = await direct_client.post("/password-changes", json={"new_password": NEW_PASSWORD})
    assert chosen.status_code == 200, chosen.text
    assert NEW_PASSWORD not in chosen.text
    assert register.password == NEW_PASSWORD
    generated = await direct_client.post("/password-changes")
    assert generated.status_code == 200, generated.text
    secrets_in_use.add(register.password)
    assert register.password not in (PASSWORD, NEW_PASSWORD)
    register.forget_sessions()
    assert (await direct_client.post("/persons/search", json=ASKED)).status_code == 200
    for bad in ("Kort+1", "smaating", "Kraagen1", "ABCDEF+1"):
        refused = await direct_client.post("/password-changes", json={"new_password": bad})
        assert refused.status_code == 422
        assert bad not in refused.text
    rows = await pool.fetch("select ciphertext from stored_secret")
    assert not [row for row in rows if register.password.encode() in row["ciphertext"]]


async def test_an_expired_password_is_told_and_can_be_changed(
    direct_client: httpx.AsyncClient, register: DirectServer
) -> None:
    register.is_expired = True
    assert slug(await direct_client.post("/persons/search", json=ASKED)) == "password-expired"
    assert (await direct_client.get("/connection")).json()["is_password_expired"]
    assert "expired" in (await register_entry(direct_client))["description"]
    assert (await direct_client.post("/password-changes")).status_code == 200
    secrets_in_use.add(register.password)
    assert (await direct_client.post("/persons/search", json=ASKED)).status_code == 200
    await until(lambda: is_healthy(direct_client))


async def test_the_end_of_a_password_is_told_in_time(
    make_direct_app: MakeApp, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    """Where the settings say how long one lasts; it counts from the first logon that CPR took it for."""
    await switch_on(pool)
    for days, status in ((15, "Healthy"), (13, "Degraded")):
        settings = PasswordSettings(lasts_days=days)
        async with running(make_direct_app(password_change=settings)) as client:
            client.headers.update(bearer(issuer.token(*ALL_SCOPES)))
            assert (await client.post("/persons/search", json=ASKED)).status_code == 200
            said = (await client.get("/connection")).json()
            since, expires = (
                dt.datetime.fromisoformat(said[name]) for name in ("password_since", "password_expires")
            )
            assert expires - since == dt.timedelta(days=days)
            entry = await register_entry(client)
            assert (entry["status"], entry["data"]["password_expires"][:10]) == (
                status,
                expires.date().isoformat(),
            )
            assert (f"expires on {expires:%Y-%m-%d}" in entry.get("description", "")) is (status != "Healthy")


async def test_the_agreement_in_force_is_told_without_the_password_and_when_that_is_changed_by_itself(
    make_direct_app: MakeApp, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    await switch_on(pool)
    app = make_direct_app(password_change={"change_after_days": 30})
    async with running(app) as client:
        client.headers.update(bearer(issuer.token(*ALL_SCOPES)))
        assert (await client.post("/connection-tests")).json()["is_ok"]
        answer = await client.get("/connection")
    found = answer.json()
    assert PASSWORD not in answer.text
    shown = {name: found["agreement"][name] for name in ("transaction_code", "customer_number", "user_id")}
    assert shown == {"transaction_code": "OFF4", "customer_number": "1234", "user_id": "WUTEST01"}
    change = found["password_change"]
    assert (change["after_days"], change["at"]) == (30, "03:30")
    since, due = (dt.datetime.fromisoformat(each) for each in (found["password_since"], change["due_since"]))
    assert due - since == dt.timedelta(days=30)
