"""The demo's third act, the circle of companies: found, imported, subscribed; what happens to one comes by itself."""

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

import httpx
from registerbro.auth import Scope
from registerbro.contacts.presenting import ContactView
from registerbro.contacts.queries import load_contact
from registerbro_sandbox.companies import Cease, CvrUnit, Step, World, happenings
from registerbro_sandbox.serving import today

from registerbro_local import telling
from registerbro_local.errors import DemoFailed
from registerbro_local.installation import Installation
from registerbro_local.ports import Place
from registerbro_local.serving import Services
from registerbro_local.stage import PATIENCE, POLL_SECONDS, address_text, events, until_delivered

PURPOSE = "showing how Registerbro works"
UNIT = "1003387453"  # a production unit that the sandbox always has
APPLIED = "dk.registerbro.cvr.update.applied.v1"
NEW_NAME = "DEMONSTRATION A/S"
IDLE = """
select not exists (select from service_queue where due_at <= now()) and not exists (select from cvrupdate_subscription where state <> 'subscribed')
"""


async def show(installation: Installation, services: Services) -> None:
    """Takes one company through it, over the services' own APIs; ``DemoFailed`` if anything is not so."""
    token = installation.issuer.token(
        Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT, Scope.CVR_UPDATE_RUN, client="demo"
    )
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        act = _Act(installation, services, client, World.read(installation.world))
        steps = (act.search, act.take_in, act.subscribed, act.move, act.rename, act.cease)
        rows = [await each() for each in steps]
    telling.console.print("\nA company, found and imported at CVR Online, and from then on kept up to date:")
    telling.table("The circle of companies", ("what happens", "comes of it", "contact"), rows)
    telling.console.print(
        "\nNobody asked for the changes: they come every hour. Here the hourly job was run at once."
    )


@dataclasses.dataclass(frozen=True)
class _Act:
    """A company's way; each step gives its line of the table."""

    installation: Installation
    services: Services
    client: httpx.AsyncClient
    world: World

    async def search(self) -> Sequence[str]:
        found = await self._call(Place.CVR_ONLINE, "/units/search", {"number": UNIT, "purpose": PURPOSE})
        _require([each["number"] for each in found["items"]] == [UNIT], "CVR Online found something else.")
        _require(found["items"][0]["contact_id"] is None, "A search stored something.")
        return f"P-number {UNIT} searched", f"found: {found['items'][0]['name']}", "none"

    async def take_in(self) -> Sequence[str]:
        body = {"number": self._company.number, "with_units": True, "purpose": PURPOSE}
        done = await self._call(Place.CVR_ONLINE, "/units/imports", body)
        units = done["production_units"]["counts"]
        _require(units == {"created": len(self.world.units_of(self._company.number))}, "A unit is missing.")
        await self._until_idle()
        return "its company imported", f"production units with it: {units['created']}", await self._shown()

    async def subscribed(self) -> Sequence[str]:
        summary = await self._get(Place.CVR_SUBSCRIPTION, "/subscriptions/summary")
        contacts = 1 + len(self.world.units_of(self._company.number))
        _require(summary["subscribed"] == contacts, "Not every contact is subscribed.")
        return "all are subscribed", f"subscriptions at KMD Logic: {contacts}", await self._shown()

    async def move(self) -> Sequence[str]:
        before = await self._contact()
        after = await self._happens(happenings.moves(self.world, self._company, today()))
        _require(address_text(before) != address_text(after), "The contact has not moved.")
        return "moves", "event cvr.update.applied", await self._shown()

    async def rename(self) -> Sequence[str]:
        after = await self._happens(happenings.is_renamed(self._company, NEW_NAME, today()))
        _require(after.name.name1 == NEW_NAME, "The contact has its old name.")
        return "gets another name", "event cvr.update.applied", await self._shown()

    async def cease(self) -> Sequence[str]:
        after = await self._happens(Cease(object_id=self._company.object_id, day=today()))
        _require(after.end_date == today(), "The contact has no end date.")
        return "ceases", f"the contact stays, ended on {after.end_date}", await self._shown()

    @property
    def _company(self) -> CvrUnit:
        unit = self.world.unit(UNIT)
        company = unit and unit.company and self.world.company(unit.company)
        if not company:
            raise DemoFailed("The sandbox lacks the company of its sample unit.")
        return company

    async def _happens(self, step: Step) -> ContactView:
        """Something happens to the company; the contact as it is once the change was read and applied."""
        told = len(events(self.installation))
        self.world.change(step)
        await self._call(Place.CVR_SUBSCRIPTION, "/synchronisation", None)
        await self._until_idle()
        after = await self._contact()
        applied = [each for each in events(self.installation)[told:] if each["type"] == APPLIED]
        _require(after.contact_id in [each["data"]["contact_id"] for each in applied], f"No event {APPLIED}.")
        return after

    async def _until_idle(self) -> None:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await until_delivered(self.installation)
            while not await self.installation.pool.fetchval(IDLE):  # noqa: ASYNC110 - the database cannot set an Event
                await asyncio.sleep(POLL_SECONDS)
            await until_delivered(self.installation)

    async def _contact(self) -> ContactView:
        async with self.installation.pool.acquire() as connection:
            found = await load_contact(
                connection, self._company.number, may_see_protected=True, name_type="J"
            )
        if found is None:
            raise DemoFailed("The company that was imported is not in the store.")
        return found

    async def _shown(self) -> str:
        contact = await self._contact()
        return (
            f"{contact.contact_id}, version {contact.version}: {contact.name.name1}, {address_text(contact)}"
        )

    async def _call(self, place: Place, path: str, body: Any) -> dict[str, Any]:
        return self._answered(path, await self.client.post(self.services[place].url + path, json=body))

    async def _get(self, place: Place, path: str) -> dict[str, Any]:
        return self._answered(path, await self.client.get(self.services[place].url + path))

    def _answered(self, path: str, answer: httpx.Response) -> dict[str, Any]:
        problem = answer.json().get("type", "") if answer.is_error else ""
        _require(answer.is_success, f"{path} answered {answer.status_code} {problem}")
        found: dict[str, Any] = answer.json()
        return found


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise DemoFailed(otherwise)
