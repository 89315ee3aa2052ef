"""What goes wrong between CVR's registers and us is told in the same words by APIs, commands, readiness and ``cvrupdate_import``.

Nothing is stored or blanked meanwhile, the rest carries on, and what was wrong is over within seconds of being mended.
"""

import asyncio
import dataclasses
import datetime as dt
import json
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from registerbro.auth import DevelopmentIssuer
from registerbro.database import open_pool
from registerbro.problems import BASE
from registerbro.registers.port import Provider
from registerbro.settings import SECRETS
from registerbro_sandbox.companies import CvrUnit, happenings
from registerbro_sandbox.datafordeler import DatafordelerWrong, Users, client_certificate
from registerbro_sandbox.direct.faults import BadCertificate
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.logic import LogicWrong, Terms
from registerbro_sandbox.logic.faults import At
from registerbro_sandbox.serving import today
from registerbro_sandbox.switch import Switch
from typer.testing import CliRunner, Result

from tests.support import secrets_in_use
from tests.support.cvr_stage import ANSWER_SECONDS, PROGRAMS, PURPOSE, WORDS, Stage, services, stage
from tests.support.cvr_updates import switch_on
from tests.support.health_client import look
from tests.support.postgres import temporary_database
from tests.support.processes import variables
from tests.support.sandbox_datafordeler import USERS
from tests.support.sandbox_logic import TERMS
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("cvr faults")]

COMPANY, SHOP, OTHER = "26911745", "1003387453", "29189757"
ANOTHER_SECRET = SecretStr(secrets_in_use.add("another-secret-than-ours"))
REGISTER_WELL, LOGIC_WELL = DatafordelerWrong(), LogicWrong()
LATE = ANSWER_SECONDS + 30  # the sandbox gives up when the caller does
MACHINE_TALK = re.compile(
    r"None\b|\.\.|\[(?!\d+\])|[{}<>]|\\|0x|object at|Error\(|Exception|Traceback|\bdict\b|\bNoneType\b"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong at both registers, and what is said of it: as a problem of CVR Online, and by each register's adapter."""

    slug: str
    status: int = 503
    exit_code: int = 1
    register: DatafordelerWrong = REGISTER_WELL
    users: Users = USERS
    logic: LogicWrong = LOGIC_WELL
    terms: Terms = TERMS
    said: str
    logic_said: str
    logic_slug: str = ""
    is_of_units: bool = False  # each unit's answer is bad; otherwise the provider cannot be asked at all


def both(**wrong: Any) -> dict[str, Any]:
    """The same at both."""
    return {"register": DatafordelerWrong(**wrong), "logic": LogicWrong(**wrong)}


FAULTS = {
    "wrong secret": Fault(
        slug="register-token-refused",
        users=dataclasses.replace(USERS, client_secret=ANOTHER_SECRET),
        terms=dataclasses.replace(TERMS, client_secret=ANOTHER_SECRET),
        said="Failed to get the access token from https://127.0.0.1:[0-9]+/realms/distribution/protocol/openid-connect/token. "
        "Status code: Unauthorized. Reason: invalid_client.",
        logic_said="Unable to access the token issuer, request returned Unauthorized. Reason: invalid_client.",
    ),
    "unknown client": Fault(
        slug="register-token-refused",
        users=dataclasses.replace(USERS, client_id="somebody-else"),
        terms=dataclasses.replace(TERMS, client_id=str(uuid.UUID(int=7))),
        said="Failed to get the access token from https://127.0.0.1:[0-9]+/realms/distribution/protocol/openid-connect/token. "
        "Status code: Unauthorized. Reason: invalid_client.",
        logic_said="Unable to access the token issuer, request returned BadRequest. Reason: unauthorized_client.",
    ),
    "wrong scope": Fault(
        slug="register-call-refused",
        register=DatafordelerWrong(deny=("CVR_Navn",)),
        said="the register refused access for CVR_Navn .DAF-AUTH-0001.",
        logic_slug="register-token-refused",
        terms=dataclasses.replace(TERMS, scope="https://logic.example/another/.default"),
        logic_said="Unable to access the token issuer, request returned BadRequest. Reason: invalid_scope.",
    ),
    "no right": Fault(
        slug="register-call-refused",
        register=DatafordelerWrong(at=("graphql",), status=403),
        logic=LogicWrong(at=At.LOOKUP, status=403),
        said="127.0.0.1 refused the call: it answered 403",
        logic_said="127.0.0.1 refused the call: it answered 403",
    ),
    "429": Fault(
        slug="register-throttled",
        exit_code=4,
        **both(status=429, retry_after=30),
        said="127.0.0.1 asks us to wait, for 30 seconds|the register cannot be asked for [0-9]+ seconds: it is asked too much, or wants a pause",
        logic_said="127.0.0.1 asks us to wait, for 30 seconds",
    ),
    "500": Fault(
        slug="register-failed",
        exit_code=4,
        register=DatafordelerWrong(at=("graphql",), status=500),
        logic=LogicWrong(status=500),
        said="127.0.0.1 failed: it answered 500",
        logic_said="127.0.0.1 failed: it answered 500",
    ),
    "time-out": Fault(
        slug="register-timed-out",
        status=504,
        exit_code=4,
        **both(first_byte_seconds=LATE),
        said="127.0.0.1 did not answer within the time limit",
        logic_said="127.0.0.1 did not answer within the time limit",
    ),
    "cut off": Fault(
        slug="register-unreachable",
        exit_code=4,
        **both(close_after=20),
        said="127.0.0.1 cut the connection before its answer ended",
        logic_said="127.0.0.1 cut the connection before its answer ended",
    ),
    "HTML": Fault(
        slug="register-answer-not-json",
        status=502,
        **both(html=True),
        said="the register answered 200 with an HTML page in place of JSON",
        logic_said="the register answered 200 with an HTML page in place of JSON",
    ),
    "a field missing": Fault(
        slug="register-field-unusable",
        status=502,
        register=DatafordelerWrong(missing=("pageInfo",)),
        logic=LogicWrong(missing=("pNumber", "cvrNumber")),
        said="the register's answer cannot be used:",
        logic_said="the register's answer cannot be used:",
        is_of_units=True,
    ),
    "a field of another type": Fault(
        slug="register-field-unusable",
        status=502,
        register=DatafordelerWrong(retyped=("CVREnhedsId",)),
        logic=LogicWrong(retyped=("companyName", "productionUnitName")),
        said="the register's answer cannot be used:",
        logic_said="the register's answer cannot be used:",
        is_of_units=True,
    ),
}
each_fault = pytest.mark.parametrize("name", FAULTS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running_stage(
    postgres_url: str,
    template_database: str,
    issuer: DevelopmentIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stage]:
    with temporary_database(postgres_url, template_database) as url:
        async with stage(url, issuer, tmp_path_factory.mktemp("stage")) as made:
            some = await made.ask("/units/imports/many", numbers=[COMPANY, SHOP, OTHER])
            assert some.json()["counts"] == {"created": 3}
            await made.until_idle()
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def here(running_stage: Stage) -> AsyncIterator[Stage]:
    """Everything runs and is well."""
    yield running_stage
    await running_stage.heal()
    await running_stage.catch_up()


def understood(text: str) -> str:
    """What somebody reads: one line without secrets, numbers, and words of machines."""
    assert text == " ".join(text.split()), text
    assert not MACHINE_TALK.search(text), text
    assert not re.search(r"\d{8,}", text), text
    assert not secrets_in_use.is_in(text)
    return text


def break_down(here: Stage, fault: Fault) -> None:
    """From now on both registers are faulty; tokens given before have come to their end."""
    here.sandbox.server.faults.set(fault.register)
    here.sandbox.server.access.users = fault.users
    here.logic.faults.set(fault.logic)
    here.logic.terms = fault.terms
    if fault.terms != TERMS:
        here.logic.expire_tokens()
    if fault.users != USERS:
        here.sandbox.server.access.forget_tokens()


@each_fault
async def test_callers_of_cvr_online_are_told_and_nothing_is_stored(here: Stage, name: str) -> None:
    fault, before = FAULTS[name], await here.stored()
    break_down(here, fault)
    answers = await asyncio.gather(
        here.ask("/units/lookup", number=COMPANY, fresh=True),
        here.ask("/units/search", number=SHOP),
        here.ask("/units/search", name="KMD A/S"),
        here.ask("/units/imports", number=COMPANY, fresh=True),
        here.ask("/units/imports/many", numbers=[COMPANY, SHOP], fresh=True),
    )
    *single, many = answers
    for answer in single:
        told = answer.json()
        assert (answer.status_code, told["type"]) == (fault.status, BASE + fault.slug), told
        assert re.match(fault.said, told["detail"]), told
        understood(told["detail"])
        if name == "429":
            assert 28 <= int(answer.headers["retry-after"]) <= 30
    assert many.status_code == 200
    assert {each["failure"]["type"] for each in many.json()["items"]} == {BASE + fault.slug}
    assert await here.stored() == before

    entry = await here.entry(here.online, "CVR")
    assert entry["status"] == "Degraded"
    assert re.search(fault.said, understood(entry["description"]))
    done = await here.command("cvr-online", "lookup", COMPANY, *WORDS)
    assert (done.code, done.out, done.err.count("\n")) == (fault.exit_code, "", 1)
    understood(done.err.strip())

    await here.heal()
    healed = await here.ask("/units/lookup", number=COMPANY, fresh=True)
    assert healed.status_code == 200, healed.text
    assert (await here.entry(here.online, "CVR"))["status"] == "Healthy"


def units(here: Stage) -> list[CvrUnit]:
    found = [here.world.by_number(each) for each in (COMPANY, SHOP, OTHER)]
    return [each for each in found if each is not None]


@each_fault
async def test_updates_that_fail_are_noted_and_done_once_the_register_is_well(here: Stage, name: str) -> None:
    fault = FAULTS[name]
    break_down(here, fault)
    ids = await here.rename(*units(here), name=f"Efter {name}")

    async def have_failed() -> bool:
        return len(await here.updates()) == len(ids)

    await until(have_failed, seconds=10)
    for failed in (await here.updates()).values():
        assert failed["reason"] == (fault.logic_slug or fault.slug)
        assert re.match(fault.logic_said, understood(failed["failure"]))
        assert (failed["attempts"], failed["next_try"] is None) == (int(fault.is_of_units), False)
    assert not (await here.name(COMPANY)).startswith("Efter " + name)
    side = "queue" if fault.is_of_units else "provider"
    provider, logic = await asyncio.gather(
        here.entry(here.update, side), here.entry(here.subscription, "Logic")
    )
    assert (provider["status"], logic["status"]) == ("Degraded", "Unhealthy")
    assert re.search(fault.logic_said, understood(logic["description"])) or name == "429"
    understood(provider["description"])
    assert logic["exception"] == logic["description"]

    await here.heal()
    if fault.is_of_units:
        again = await here.update.post("/failures/retries", json={"all": True})
        assert again.json()["count"] == len(ids)
    else:
        assert (await here.update.post("/runs")).status_code == 202
    await here.until_idle()
    assert await here.name(COMPANY) == f"Efter {name}"
    assert await here.updates() == {}
    assert (await here.entry(here.update, side))["status"] == "Healthy"
    assert (await here.entry(here.subscription, "Logic"))["status"] == "Healthy"


ENDINGS = {  # of cvr-subscription test, synchronise; cvr-update run --wait
    "wrong secret": (1, 1, 4),
    "429": (1, 4, 4),
    "HTML": (1, 1, 4),
    "a field of another type": (1, 0, 4),
}


@pytest.mark.parametrize("name", ENDINGS)
async def test_commands_that_ask_kmd_logic_end_with_one_line(here: Stage, name: str) -> None:
    fault = FAULTS[name]
    break_down(here, fault)
    ids = await here.rename(*units(here), name=f"Med kommando efter {name}")

    async def have_failed() -> bool:
        return len(await here.updates()) == len(ids)

    await until(have_failed, seconds=10)
    tried = await here.command("cvr-subscription", "test", "--json")
    synchronised = await here.command("cvr-subscription", "synchronise")
    run = await here.command("cvr-update", "run", "--wait")
    assert (tried.code, synchronised.code, run.code) == ENDINGS[name]
    [failed] = [step for step in json.loads(tried.out) if step["is_ok"] is False]
    understood(failed["text"])
    for done, lines in ((tried, 0), (synchronised, int(synchronised.code > 0)), (run, 1)):
        assert done.err.count("\n") == lines, done.err
        understood(done.err.strip())
    listed = await here.command("cvr-update", "failures")
    assert listed.out.count(fault.logic_slug or fault.slug) == len(ids)
    status = await here.command("cvr-update", "status", "--json")
    assert json.loads(status.out)["stage"] == ("idle" if name.startswith("a field") else "paused")

    await here.heal()
    if name.startswith("a field"):
        assert (await here.command("cvr-update", "retry", "--all")).out == f"{len(ids)} begin anew\n"
    done = await here.command("cvr-update", "run", "--wait")
    assert done.code == 0, done.err
    await here.until_idle()
    assert await here.name(COMPANY) == f"Med kommando efter {name}"
    assert await here.updates() == {}


async def test_one_bad_unit_fails_alone_is_given_up_and_tried_again_on_demand(here: Stage) -> None:
    here.logic.faults.set(LogicWrong(missing=("pNumber",)))
    ids = await here.rename(*units(here), name="Med en ringe enhed")
    shop = await here.contact_id(SHOP)

    async def is_noted(attempts: int) -> bool:
        assert await here.pool.execute("update service_queue set due_at = now() where failure is not null")
        await here.update.post("/runs")
        found = await here.updates()
        return set(found) == {shop} and found[shop]["attempts"] >= attempts

    await until(lambda: is_noted(8), seconds=10)
    assert {await here.name(COMPANY), await here.name(OTHER)} == {"Med en ringe enhed"}
    noted = (await here.updates())[shop]
    assert (noted["reason"], noted["next_try"]) == ("register-field-unusable", None)
    assert noted["failure"] == "the register's answer cannot be used: pNumber is missing"
    queue = await here.entry(here.update, "queue")
    assert (queue["status"], queue["description"]) == (
        "Degraded",
        "Updates that were given up: 1; see /failures.",
    )
    assert "given up" in (await here.command("cvr-update", "failures")).out

    many = await here.ask("/units/imports/many", numbers=[COMPANY, "10000009", SHOP], fresh=True)
    assert many.json()["counts"]["failed"] == 1, many.text
    assert many.json()["items"][1]["failure"]["type"] == BASE + "unit-unknown"
    await here.heal()
    told = await here.command("cvr-update", "retry", "--contact", str(shop))
    assert (told.code, told.out) == (0, "1 begin anew\n")
    await here.until_idle()
    assert await here.updates() == {}
    assert len(ids) == 3


async def test_a_subscription_that_fails_shows_and_is_made_once_the_register_is_well(here: Stage) -> None:
    company = next(
        each
        for each in map(here.world.by_id, here.world.object_ids())
        if each and each.number not in (COMPANY, OTHER) and len(each.number) == 8
    )
    here.logic.faults.set(LogicWrong(at=At.SUBSCRIPTION, status=500))
    assert (await here.ask("/units/imports", number=company.number)).status_code == 201
    contact_id = await here.contact_id(company.number)

    async def has_failed() -> bool:
        rows = (await here.subscription.get("/subscriptions", params={"failing": True})).json()["items"]
        return [(each["contact_id"], each["state"], each["failure"]) for each in rows] == [
            (contact_id, "wanted", "register-failed")
        ]

    await until(has_failed, seconds=10)
    summary = (await here.subscription.get("/subscriptions/summary")).json()
    assert (summary["subscribed"], summary["failing"], summary["failures"]) == (3, 1, {"register-failed": 1})
    entry = await here.entry(here.subscription, "Logic")
    assert (entry["status"], entry["description"]) == (
        "Degraded",
        "Subscriptions rest for a while: 127.0.0.1 failed: it answered 500.",
    )
    assert "register-failed" in (await here.command("cvr-subscription", "subscriptions", "--failing")).out
    await here.rename(*units(here), name="Mens en anden venter")

    async def is_renamed() -> bool:
        return await here.name(COMPANY) == "Mens en anden venter"

    await until(is_renamed, seconds=10)
    await here.heal()
    assert (await here.subscription.post("/subscriptions/retries")).json() == {"retried": 1}
    await here.until_idle()
    assert (await here.entry(here.subscription, "Logic"))["status"] == "Healthy"


class FromTheSecondPage(Switch[LogicWrong]):
    """Spares the first of the calls that are to go wrong."""

    def __init__(self, wrong: LogicWrong) -> None:
        super().__init__(LogicWrong())
        self.set(wrong)
        self.calls = 0

    def use(self, wrong: LogicWrong) -> bool:
        self.calls += 1
        return self.calls > 1


async def test_a_synchronisation_that_breaks_off_goes_on_where_it_was(here: Stage) -> None:
    for number in range(30):
        here.world.change(happenings.is_renamed(units(here)[0], f"Navn {number}", today()))
    before = (await here.subscription.get("/synchronisation")).json()
    well, here.logic.faults = here.logic.faults, FromTheSecondPage(LogicWrong(at=At.EVENTS, status=500))
    refused = await here.subscription.post("/synchronisation")
    assert (refused.status_code, refused.json()["type"]) == (503, BASE + "register-failed")
    assert understood(refused.json()["detail"]) == "127.0.0.1 failed: it answered 500"
    broken = (await here.subscription.get("/synchronisation")).json()
    assert broken["position"] == before["position"]
    assert [broken["latest"][0][name] for name in ("outcome", "failure", "pages")] == [
        "failed",
        "register-failed",
        1,
    ]
    await until(lambda: _is_named(here, "Navn 29"), seconds=10)

    here.logic.faults = well
    done = (await here.subscription.post("/synchronisation")).json()
    assert (done["outcome"], done["pages"] > 1) == ("done", True)
    assert (await here.subscription.get("/synchronisation")).json()["position"] > before["position"]


async def _is_named(here: Stage, name: str) -> bool:
    return await here.name(COMPANY) == name


@pytest.mark.parametrize("prefix", ["", "/CvrSubscriptionService"])
async def test_readiness_is_read_by_a_health_checks_client(here: Stage, prefix: str) -> None:
    path = f"{prefix}/readiness"
    well = await look(here.subscription, path)
    assert (well.status, list(well.sides)) == ("Healthy", ["self", "OData", "Logic"])
    assert well.sides["self"].tags == ("liveness", "readiness")
    assert max(side.took for side in well.sides.values()) <= well.took
    break_down(here, FAULTS["unknown client"])
    ill = await look(here.subscription, path)
    assert {name: side.status for name, side in ill.sides.items()} == {
        "self": "Healthy",
        "OData": "Healthy",
        "Logic": "Unhealthy",
    }
    assert ill.sides["Logic"].cause == (
        "Unable to access the token issuer, request returned BadRequest. Reason: unauthorized_client."
    )
    await here.heal()
    assert (await look(here.subscription, path)).status == "Healthy"
    for client in (here.online, here.update):
        assert (await look(client, "/readiness")).status in {"Healthy", "Degraded"}


DISTRUST = {
    "expired": (DatafordelerWrong(certificate=BadCertificate.EXPIRED), "it is not valid at this time"),
    "of another host": (
        DatafordelerWrong(certificate=BadCertificate.OTHER_HOST),
        "it is made for another name",
    ),
    "of an unknown authority": (DatafordelerWrong(), "no authority that we know vouches for it"),
}


@pytest.mark.parametrize("name", DISTRUST)
async def test_a_register_whose_certificate_is_not_trusted_is_not_asked(here: Stage, name: str) -> None:
    wrong, why = DISTRUST[name]
    ca_file = Path(here.environment["REGISTERBRO_CVR__CA_FILE"])
    ours, other = here.sandbox.authority.certificate, Authority().certificate
    here.sandbox.server.faults.set(wrong)
    ca_file.write_bytes(
        ours if wrong.certificate else other
    )  # seen as changed, so that connections are made anew
    said = f"the certificate of 127.0.0.1 is not trusted: {why}"
    answer = await here.ask("/units/lookup", number=COMPANY, fresh=True)
    assert (answer.status_code, answer.json()["type"]) == (503, BASE + "register-not-trusted")
    assert answer.json()["detail"] == understood(said)
    assert said in (await here.entry(here.online, "CVR"))["description"]
    tried = await here.command("cvr-online", "test", "--json")
    steps = {step["name"]: step for step in json.loads(tried.out)["steps"]}
    assert (tried.code, steps["encryption"]["failure"]["detail"]) == (1, said)
    assert steps["sample-call"]["is_ok"] is None
    await here.heal()
    ca_file.write_bytes(ours + b"\n")
    assert (await here.ask("/units/lookup", number=COMPANY, fresh=True)).status_code == 200


async def test_our_certificate_is_told_of_in_time_and_taken_up_anew(
    here: Stage, postgres_url: str, template_database: str, issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    file, authority, server = tmp_path / "ours.pem", here.sandbox.authority, here.sandbox.server
    client_certificate(authority, days=20).write(file)
    secret = {"REGISTERBRO_CVR_SUBSCRIPTION__OAUTH2_CLIENT_SECRET": ANOTHER_SECRET.get_secret_value()}
    asked = variables(
        "cvr",
        lookups=Provider.DATAFORDELER_REST,
        updates=Provider.DATAFORDELER_REST,
        certificate__file=file,
        datafordeler__events_url=f"{server.url}/system/EventMessages/1.0.0/custom",
    )
    with temporary_database(postgres_url, template_database) as url:
        async with open_pool(url, maximum=1) as pool:
            await switch_on(pool)
        environment = here.environment | secret | asked | {"REGISTERBRO_DATABASE__URL": url}
        async with services(environment, issuer) as clients:
            online, subscription, update = clients
            sides = ((online, "CVR"), (subscription, "Logic"), (update, "certificate"))

            async def told() -> set[tuple[str, str]]:
                found = [await here.entry(client, side) for client, side in sides]
                return {(each["status"], each.get("description", "")) for each in found}

            async def lookup() -> httpx.Response:
                body = {"number": COMPANY, "purpose": PURPOSE, "fresh": True}
                return await online.post("/units/lookup", json=body)

            soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=20) - dt.timedelta(hours=1)
            assert await told() == {("Degraded", f"our certificate expires on {soon:%Y-%m-%d}.")}
            assert (await lookup()).status_code == 200
            odata = await here.entry(subscription, "OData")
            assert odata["status"] == "Unhealthy"
            assert (
                odata["description"]
                == odata["exception"]
                == (
                    f"Failed to get the access token from {here.environment['REGISTERBRO_CVR_SUBSCRIPTION__OAUTH2_SERVER_URL']}"
                    "/oauth2/connect/token. Status code: Unauthorized"
                )
            )

            client_certificate(authority).write(file)
            assert await told() == {("Healthy", "")}

            client_certificate(authority, expired=True).write(file)
            refused = await lookup()
            assert (refused.status_code, refused.json()["type"]) == (503, BASE + "certificate-expired")
            said = f"our certificate expired on {dt.datetime.now(dt.UTC) - dt.timedelta(days=1, hours=1):%Y-%m-%d}"
            assert refused.json()["detail"] == understood(said)
            seen = await told()
            assert {status for status, _ in seen} == {"Degraded", "Unhealthy"}
            assert all(said in description for _, description in seen), seen

            client_certificate(Authority()).write(file)
            refused = await lookup()
            assert refused.status_code == 503
            assert refused.json()["type"] in {BASE + "certificate-refused", BASE + "register-unreachable"}
            assert "certificate" in understood(refused.json()["detail"])

            client_certificate(authority).write(file)
            assert (await lookup()).status_code == 200
            assert await told() == {("Healthy", "")}


@pytest.mark.parametrize(
    ("program", "command"), [("cvr-online", "test"), ("cvr-subscription", "status"), ("cvr-update", "status")]
)
async def test_a_command_without_settings_names_the_variables(
    program: str, command: str, tmp_path: Path
) -> None:
    def run(*words: str) -> Result:
        return CliRunner().invoke(PROGRAMS[program], words, env={SECRETS: str(tmp_path / "none")})

    helped = run("--help")
    assert (helped.exit_code, command in helped.output, "Exit codes" in helped.output) == (0, True, True)
    for word in (command, "serve", "config"):
        ended = run(word)
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert "settings: REGISTERBRO_DATABASE__URL: is missing" in ended.stderr.splitlines()
        assert all(line.startswith("settings: REGISTERBRO_") for line in ended.stderr.splitlines())
    wrong = run(command, "--no-such-option")
    assert (wrong.exit_code, "--no-such-option" in wrong.stderr) == (2, True)
