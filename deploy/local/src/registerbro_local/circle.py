"""The demo's second act, the whole circle: looked up online, imported, moved, updated by file; then no longer subscribed."""

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from cpr_direct import known
from registerbro.auth import Scope
from registerbro.contacts.presenting import ContactView
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.reader import PersonRecords, persons, scan
from registerbro_sandbox.handover import Production, hand_over
from registerbro_sandbox.persons import Change, Layout, LifeEvent, Named
from registerbro_sandbox.persons.chronicle import Chronicle

from registerbro_local import telling
from registerbro_local.errors import DemoFailed
from registerbro_local.installation import Installation
from registerbro_local.newcomers import Newcomer, newcomer
from registerbro_local.ports import Place
from registerbro_local.serving import Services
from registerbro_local.stage import address_text, contact_with, events, import_files, until_delivered

PURPOSE = "showing how Registerbro works"
UPDATED = "dk.registerbro.contact.updated.v1"
STORED = """
select (select count(*) from contact) + (select count(*) from contact_number) + (select count(*) from source_record)
       + (select count(*) from outbox)
"""


async def show(installation: Installation, services: Services) -> None:
    """Takes one person through it, over CPR Direkte's own API; ``DemoFailed`` if anything is not so."""
    person = await newcomer(installation.pool, Chronicle.read(installation.world))
    if person is None:
        raise DemoFailed("CPR knows nobody who is not in the store.")
    token = installation.issuer.token(
        Scope.PERSONS_LOOKUP, Scope.PERSONS_IMPORT, Scope.SUBSCRIPTIONS_MANAGE, client="demo"
    )
    async with httpx.AsyncClient(
        base_url=services[Place.CPR_DIRECT].url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        act = _Act(installation, client, person)
        rows = [await each() for each in (act.search, act.take_in, act.move, act.let_go, act.move_unseen)]
    telling.console.print("\nOne more, whom only CPR knows, by the online service:")
    telling.table("The circle", ("what happens", "comes of it", "contact"), rows)
    telling.console.print("\nWho was imported is kept up to date; whose subscription ended is not any more.")


@dataclasses.dataclass(frozen=True)
class _Act:
    """A person's way; each step gives its line of the table."""

    installation: Installation
    client: httpx.AsyncClient
    person: Newcomer

    async def search(self) -> Sequence[str]:
        before = await self._stored()
        found = await self._call("/persons/search", 200)
        _require(found["number"] == self.person.number, "CPR answered with somebody else.")
        _require(await self._stored() == before, "A search stored something.")
        return "looked up online", "answered by CPR, nothing stored", "none"

    async def take_in(self) -> Sequence[str]:
        imported = await self._call("/persons/imports", 201)
        await until_delivered(self.installation)
        contact = await self._contact()
        _require(imported["contact_id"] == contact.contact_id, "The contact has another id.")
        _require(await self._is_subscribed(), "The import did not subscribe.")
        return "imported online", "a new contact, subscribed at CPR", _shown(contact)

    async def move(self) -> Sequence[str]:
        before, told = await self._contact(), len(events(self.installation))
        is_delivered = self._moves()
        await import_files(self.installation)
        after = await self._contact()
        _require(is_delivered, "The change file does not contain the person.")
        _require(address_text(before) != address_text(after), "The contact has not moved.")
        new = [each for each in events(self.installation)[told:] if each["type"] == UPDATED]
        _require(after.contact_id in [each["data"]["contact_id"] for each in new], f"No event {UPDATED}.")
        return "moves", "in the next change file; event contact.updated", _shown(after)

    async def let_go(self) -> Sequence[str]:
        await self._call("/subscriptions/ends", 200)
        await until_delivered(self.installation)
        _require(not await self._is_subscribed(), "The subscription has not ended.")
        return "no longer subscribed", "CPR agrees; the contact stays", _shown(await self._contact())

    async def move_unseen(self) -> Sequence[str]:
        before = await self._contact()
        is_delivered = self._moves()
        await import_files(self.installation)
        after = await self._contact()
        _require(not is_delivered, "The change file contains somebody who is not subscribed.")
        _require(after == before, "A contact was changed that is not subscribed.")
        return "moves again", "not in the next change file", _shown(after)

    async def _call(self, path: str, expected: int) -> dict[str, Any]:
        body = {"number": self.person.number, "purpose": PURPOSE}
        answer = await self.client.post(path, json=body)
        problem = answer.json().get("type", "") if answer.is_error else ""
        _require(answer.status_code == expected, f"{path} answered {answer.status_code} {problem}")
        found: dict[str, Any] = answer.json()
        return found

    def _moves(self) -> bool:
        """Lets the person move on the next day; whether that day's change file holds them."""
        chronicle = Chronicle.read(self.installation.world)
        change = Change(chronicle.tomorrow, (Named(LifeEvent.MOVES, self.person.index),))
        written = hand_over(chronicle, change, Production(Layout())).written
        return self.person.number in {number for each in written for number in _numbers_in(each.path)}

    async def _contact(self) -> ContactView:
        return await contact_with(self.installation, self.person.number)

    async def _is_subscribed(self) -> bool:
        """Whether CPR subscribes the person for us, as CPR itself and as the store has it."""
        found = await known.find(self.installation.pool, CprNumber.parse(self.person.number))
        chronicle = Chronicle.read(self.installation.world)
        at_cpr = chronicle.subscriptions.after(chronicle.said_online().statements)
        is_there = at_cpr.cover(chronicle.world.person(self.person.index))
        _require(found is not None and found.is_subscribed == is_there, "CPR and the store disagree.")
        return is_there

    async def _stored(self) -> int:
        count: int = await self.installation.pool.fetchval(STORED)
        return count


def _shown(contact: ContactView) -> str:
    return f"{contact.contact_id}, version {contact.version}: {address_text(contact)}"


def _numbers_in(path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as buckets:
        found = persons(path, scan(path), lambda _: None, Path(buckets))
        return [each.number.value for each in found if isinstance(each, PersonRecords)]


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise DemoFailed(otherwise)
