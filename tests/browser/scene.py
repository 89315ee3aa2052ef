"""What the pages show: people with roles, persons and companies imported from the sandbox, changes, files that wait, dead letters.

Made through the services' public APIs, but for what comes from outside: the first users, what happens in the sandbox's world,
and letters that only hours of attempts make dead.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import httpx
from console.people.roles import Role
from registerbro.bus import dead_letters
from registerbro.database import Pool, ensure_partitions
from registerbro.events import CaseOpened, Event
from registerbro.features import Feature, switch
from registerbro_sandbox.companies import World
from registerbro_sandbox.persons import Layout, LifeEvent
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.persons.numbers import SLOTS
from registerbro_sandbox.persons.world import Change, Named
from registerbro_sandbox.serving import today

from tests.support import people
from tests.support.services import bearer
from tests.support.small_files import delivery, dying, living, name_of
from tests.support.subscriber import publish
from tests.support.waiting import until
from tests.support.whole_system import CVR_CLIENT, CVR_CLIENT_SECRET, PERSONS, SUBSCRIBED, WholeSystem

PURPOSE = "test af konsollen"  # Danish, so that no page in Danish holds English for it
USERS: Mapping[Role, str] = {
    Role.VIEWER: "vera",
    Role.OPERATOR: "olga",
    Role.ADMINISTRATOR: "anders",
    Role.DATA_PROTECTION_OFFICER: "dorte",
}
COMPANY = "26911745"  # the sandbox always has it, with production units
OTHER_COMPANY, OTHER_UNIT = "29189757", "1089377672"  # these, too; they are no contacts at first
CASE = "2026-0815"
BORN, IMPOSSIBLE = "1970-01-01", "1970-13-45"
MADE: Mapping[str, str] = {
    "file": "select distinct file_id from cpr_problem where severity = 'rejected'",
    "delivered": "select max(file_id) from cpr_file where name like '%.l463003'",
    "approval": "select approval_id from cpr_approval where decided_at is null",
    "gap": "select gap_id from cpr_gap where closed_at is null",
}
# Accesses as if of yesterday, too: samples are drawn of days that are over.
YESTERDAY = """
insert into audit_log (audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, contact_ids, fields)
select audit_id, audit_day - 1, stage, at - interval '1 day', client, acting_user, service, action, purpose, contact_ids, fields
  from audit_log
"""
GIVEN_UP = "given up after 5 attempts: the case names contacts that are not in the store"

HAPPENED: Mapping[str, LifeEvent] = {
    "person": LifeEvent.MOVES,
    "renamed": LifeEvent.CHANGES_NAME,
    "dead": LifeEvent.DIES,
    "protected": LifeEvent.GETS_PROTECTION,
    "renumbered": LifeEvent.CHANGES_NUMBER,
}
STRANGE: Mapping[str, tuple[str, str]] = {  # first names and surname of contacts that somebody made by hand
    "markup": ("<script>document.title='x'</script>", '"><img src=x onerror=alert(1)>{{7*7}}<b>'),
    "long": ("Vestergaardsmindeborghøjskolelærerforeningsformandsfruen" * 2, "Å" * 70),
    "arabic": ("محمد", "عبد الله الطويل"),
    "hebrew": ("אברהם", "כהן־לוי"),
    "emoji": ("Zoë 🦄", "🎉 Bjørn 𝕏"),
}


@dataclasses.dataclass(frozen=True)
class Scene:
    """What is there, and calls of the services with somebody's rights."""

    system: WholeSystem
    pool: Pool
    sessions: Mapping[Role, str] = dataclasses.field(repr=False)  # the values of their cookies
    ids: dict[str, Any] = dataclasses.field(default_factory=dict)  # of what pages are about
    names: dict[str, str] = dataclasses.field(default_factory=dict)  # of the contacts among them
    left_alone: set[int] = dataclasses.field(default_factory=set)  # persons to whom nothing happens any more
    numbers: dict[str, str] = dataclasses.field(default_factory=dict)  # that they had at first

    async def call(self, role: Role, service: str, method: str, path: str, **how: Any) -> Any:
        """What a service answers to a person, who says why; it must be a success."""
        async with httpx.AsyncClient(base_url=self.system.url) as console:
            headers = {"Cookie": f"{people.COOKIE}={self.sessions[role]}", **people.CSRF}
            token = (await console.post("/session/token", headers=headers)).json()["access_token"]
        stated = {"Registerbro-Purpose": PURPOSE, **bearer(token), **how.pop("headers", {})}
        async with httpx.AsyncClient(base_url=self.system.services[service].base_url, timeout=30) as client:
            answer = await client.request(method, path, headers=stated, **how)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def contact_id(self, number: str) -> int:
        """The contact that has a number."""
        found: int | None = await self.pool.fetchval(
            "select contact_id from contact_number where number = $1", number
        )
        assert found is not None
        return found

    async def note(self, name: str, number: str) -> None:
        """Remembers a contact that pages are about."""
        self.numbers[name] = number
        self.ids[name] = self.ids[f"{name}_id"] = contact_id = await self.contact_id(number)
        row = await self.pool.fetchrow("select name1, name2 from contact where contact_id = $1", contact_id)
        assert row is not None
        self.names[name] = " ".join(filter(None, (row["name1"], row["name2"])))

    def let_happen(self, day: dt.date, *named: Named) -> None:
        """What happens to persons of the world on a day; the day's file waits on CPR's server."""
        Chronicle.read(self.system.chronicle.directory).deliver(Change(day, named), Layout())

    def something_happens(self, event: LifeEvent) -> str:
        """To somebody of the first extract whom no page is about, on the next day; the name of the file that waits then."""
        chronicle = Chronicle.read(self.system.chronicle.directory)
        others = [*range(SUBSCRIBED, PERSONS), *self.left_alone]
        person = chronicle.world.first(event, chronicle.tomorrow, others)
        return chronicle.deliver(Change(chronicle.tomorrow, (Named(event, person),)), Layout()).path.name

    async def fetch_and_import(self, *, initial_load: bool = False) -> str:
        """CPR Batch's whole run, to its end; its id."""
        body = {"initial_load": initial_load}
        begun = await self.call(Role.OPERATOR, "cpr-batch", "POST", "/runs", json=body)
        found: dict[str, Any] = {}

        async def is_over() -> bool:
            path = f"/runs/{begun['run_id']}"
            found.update(await self.call(Role.OPERATOR, "cpr-batch", "GET", path))
            return found["state"] not in ("waiting", "running")

        await until(is_over)
        assert (found["state"], found["counts"].get("imported")) == ("finished", 1), found
        return str(begun["run_id"])

    async def bury(self, *contact_ids: int) -> int:
        """A dead letter that its consumer handles once it is replayed: these contacts' case."""
        event = Event(CaseOpened(CASE, contact_ids))
        async with self.pool.acquire() as connection:
            await dead_letters.store(
                connection,
                consumer="registerbro.cases",
                routing_key=CaseOpened.NAME,
                body=event.to_cloudevent_json().encode(),
                reason=GIVEN_UP,
                attempts=5,
            )
            return (await dead_letters.find(connection))[0].dead_letter_id

    async def is_handled(self, letter: int) -> bool:
        """Whether a dead letter's consumer has handled it, after a replay."""
        path = f"/events/dead-letters/{letter}"
        found = await self.call(Role.OPERATOR, "console-1", "GET", path)
        return bool(found["state"] == "handled")


async def set_up(system: WholeSystem, pool: Pool) -> Scene:
    """Makes it all."""
    async with pool.acquire() as connection:
        await ensure_partitions(connection)
        for feature in Feature:
            await switch(connection, feature, enabled=True, by="tests")
    for role, name in USERS.items():
        await people.user(pool, name, role)
    sessions = {role: await _session(system.url, name) for role, name in USERS.items()}
    scene = Scene(system, pool, sessions)
    await _register_client(scene)
    await _import_persons(scene)
    await _import_troublesome_files(scene)
    await _import_companies(scene)
    await _open_a_case(scene)
    await _write_by_hand(scene)
    await scene.pool.execute(YESTERDAY)
    scene.ids["letter"] = await scene.bury(scene.ids["person"])
    return scene


async def _session(url: str, user_name: str) -> str:
    async with httpx.AsyncClient(base_url=url) as browser:
        assert (await people.log_in(browser, user_name)).status_code == 201
        return str(browser.cookies[people.COOKIE])


async def _register_client(scene: Scene) -> None:
    """CVR Subscription's own, where the deployment has not done it."""
    is_there = "select exists (select from oauth2_client where client_id = $1)"
    if await scene.pool.fetchval(is_there, CVR_CLIENT):
        return
    body = {
        "client_id": CVR_CLIENT,
        "name": "CVR Subscription",
        "scopes": ["cvr-update:run"],
        "acts_as": "CVRBATCHUSER",
        "client_secret": CVR_CLIENT_SECRET,
    }
    await scene.call(Role.ADMINISTRATOR, "console-1", "POST", "/oauth2/clients", json=body)


async def _import_persons(scene: Scene) -> None:
    """Everybody of the first extract, then a day on which things happened to some."""
    await scene.fetch_and_import(initial_load=True)
    world, yesterday = scene.system.chronicle.world, today() - dt.timedelta(days=1)
    happened: list[Named] = []
    for event in HAPPENED.values():
        others = [*range(SUBSCRIBED, PERSONS), *(each.person for each in happened)]
        person = world.first(event, yesterday, others)
        happened.append(Named(event, person))
    scene.let_happen(yesterday, *happened)
    scene.ids["run"] = await scene.fetch_and_import()
    scene.left_alone.update(each.person for each in happened)
    for name, each in zip(HAPPENED, happened, strict=True):
        await scene.note(name, scene.system.number(each.person))
    families = range(SUBSCRIBED, PERSONS, SLOTS)  # since an import brings the relatives' numbers with it
    for name, first in zip(("newcomer", "late newcomer", "typed"), families, strict=True):
        person = next(each for each in range(first, first + SLOTS) if world.person(each).lives_here)
        scene.numbers[name] = scene.system.number(person)


async def _import_troublesome_files(scene: Scene) -> None:
    """Of another task: one with a record that cannot be right, after one that never came; and one that would end too many."""
    interim = scene.system.directory / "interim"
    (interim / name_of(1)).write_bytes(delivery(living(24)))
    await scene.fetch_and_import(initial_load=True)
    wrong = [each.replace(BORN, IMPOSSIBLE) for each in living(2, "Nygade 1")]
    (interim / name_of(3)).write_bytes(delivery(wrong, 3))
    (interim / name_of(4)).write_bytes(delivery(dying(21, 24), 4))
    await scene.fetch_and_import()
    for name, statement in MADE.items():
        scene.ids[name] = str(await scene.pool.fetchval(statement))
    name = "select name from cpr_file where file_id = $1"
    scene.names["delivered_file"] = await scene.pool.fetchval(name, int(scene.ids["delivered"]))


async def _import_companies(scene: Scene) -> None:
    body = {"number": COMPANY, "with_units": True, "purpose": PURPOSE}
    await scene.call(Role.OPERATOR, "cvr-online", "POST", "/units/imports", json=body)
    await scene.note("company", COMPANY)
    company = World.read(scene.system.directory / "world").company(COMPANY)
    assert company is not None
    scene.ids["unit"] = company.object_id


async def _open_a_case(scene: Scene) -> None:
    now = dt.datetime.now(dt.UTC).isoformat()
    contact_ids = [scene.ids["person"]]
    await publish(scene.system.bus_url, "case.opened", now, case_reference=CASE, contact_ids=contact_ids)


async def _write_by_hand(scene: Scene) -> None:
    """Contacts and a client with all that people may write; each contact has a past, and is somebody's child."""
    for kind, (first, last) in STRANGE.items():
        home = {"AddressType": "HA", "Address1": first[:100], "Address2": last, "Postcode": "8000"}
        body = {"NameType": "P", "Name1": first, "Name2": f"{last} før", "Addresses": [home]}
        made = await scene.call(Role.OPERATOR, "console-1", "POST", "/odata/Contacts", json=body)
        contact_id = scene.ids[kind] = made["ContactId"]
        scene.names[kind] = f"{first} {last}"
        await _change(scene, "PATCH", f"/odata/Contacts({contact_id})", 1, {"Name2": last})
    for version, kind in enumerate((kind for kind in STRANGE if kind != "markup"), start=2):
        path = f"/odata/Contacts({scene.ids['markup']})/Registerbro.AddReference"
        await _change(scene, "POST", path, version, {"Role": "Barn", "ToContactId": scene.ids[kind]})
    client = {"client_id": "strange", "name": " ".join(STRANGE["markup"]), "scopes": ["contacts:read"]}
    await scene.call(Role.ADMINISTRATOR, "console-1", "POST", "/oauth2/clients", json=client)


async def _change(scene: Scene, method: str, path: str, version: int, body: dict[str, Any]) -> None:
    headers = {"If-Match": f'W/"{version}"'}
    await scene.call(Role.OPERATOR, "console-1", method, path, json=body, headers=headers)
