"""``make demo``: a small extract, a change file after it, and what became of five persons.

LocalError
└── DemoFailed    what the demo shows is not what must come of the files
"""

import asyncio
import collections
import dataclasses
import datetime as dt
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from cpr_batch.imports import ImportOutcome
from cpr_batch.whole_run import WholeRun, fetch_and_import
from registerbro.contacts.model import Role
from registerbro.contacts.presenting import AddressView, ContactView
from registerbro.contacts.queries import load_contact
from registerbro.cpr.numbers import CprNumber
from registerbro_sandbox.persons import Change, Delivery, Layout, LifeEvent, Named, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today

from registerbro_local import telling
from registerbro_local.installation import Installation, LocalError, opened, service_running

PERSONS = 120
ANY_PORT = 0
PATIENCE = dt.timedelta(seconds=30)
POLL_SECONDS = 0.05


class DemoFailed(LocalError):
    """Something is not as the files say."""


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """An event of life: what of a contact shows it, and whether it shows."""

    event: LifeEvent
    shows: Callable[[ContactView], str]
    is_right: Callable[[ContactView, ContactView], bool]


def _main_address(contact: ContactView) -> AddressView | None:
    return next((each for each in contact.addresses if each.address_type == "HA"), None)


def _former_streets(contact: ContactView) -> list[str | None]:
    return [each.address1 for each in contact.addresses if each.address_type == "CPRADR"]


def _address_text(contact: ContactView) -> str:
    address = _main_address(contact)
    return f"{address.address1}, {address.postcode} {address.post_district}" if address else "no address"


def _has_moved(before: ContactView, after: ContactView) -> bool:
    old, new = _main_address(before), _main_address(after)
    return bool(old and new and old != new and old.address1 in _former_streets(after))


def _named(contact: ContactView, role: Role) -> list[str]:
    return [f"{each.contact.name1} {each.contact.name2}" for each in contact.references if each.role == role]


def _civil_status(contact: ContactView) -> str:
    return ", ".join([*(contact.info.get("Civilstand") or ()), *_named(contact, Role.SPOUSE)])


def _number(contact: ContactView) -> str:
    numbers = [contact.name.name_code or "", *(contact.former_numbers or ())]
    return ", formerly ".join(str(CprNumber(number)) for number in numbers)


SCENES = (
    Scene(LifeEvent.MOVES, _address_text, _has_moved),
    Scene(
        LifeEvent.MARRIES,
        _civil_status,
        lambda before, after: not _named(before, Role.SPOUSE) and len(_named(after, Role.SPOUSE)) == 1,
    ),
    Scene(
        LifeEvent.DIES,
        lambda contact: f"dead since {contact.end_date}" if contact.end_date else "alive",
        lambda before, after: before.end_date is None and after.end_date is not None,
    ),
    Scene(
        LifeEvent.CHANGES_NUMBER,
        _number,
        lambda before, after: (
            before.name.name_code in (after.former_numbers or ()) and before.contact_id == after.contact_id
        ),
    ),
    Scene(
        LifeEvent.GETS_GUARDIAN,
        lambda contact: ", ".join(_named(contact, Role.GUARDIAN)) or "no guardian",
        lambda before, after: not _named(before, Role.GUARDIAN) and len(_named(after, Role.GUARDIAN)) == 1,
    ),
)


async def demo() -> None:
    """Shows the whole story in a store of its own; ``DemoFailed`` if it does not come out."""
    with tempfile.TemporaryDirectory(prefix="registerbro-demo-") as directory:
        async with opened(Path(directory), port=ANY_PORT) as installation, service_running(installation):
            await _show(installation)


async def _show(installation: Installation) -> None:
    day = today()
    chronicle, written = Chronicle.begin(installation.files, Population(seed=4, size=PERSONS), Delivery(day))
    telling.console.print(
        f"An extract of {written.persons} fictional persons lies on the sandbox's file server."
    )
    await _import(installation, initial_load=True)
    await _until_delivered(installation)
    told_before = len(_events(installation))

    happening = _cast(chronicle, day + dt.timedelta(days=1))
    numbers = [chronicle.world.person(each.person).number for each in happening]
    before = [await _contact(installation, number) for number in numbers]
    chronicle.deliver(Change(day + dt.timedelta(days=1), happening), Layout())
    telling.console.print("\nA day later something happened to five of them, and a change file lies there.")
    await _import(installation, initial_load=False)
    await _until_delivered(installation)
    after = [await _contact(installation, number) for number in numbers]

    _tell_changes(before, after)
    _tell_events(_events(installation)[told_before:])
    wrong = [str(s.event) for s, b, a in zip(SCENES, before, after, strict=True) if not s.is_right(b, a)]
    if wrong:
        raise DemoFailed(f"The store does not show that somebody {', '.join(wrong)}.")
    telling.console.print("\nAll five changes are in the store, and the events went out.")


def _cast(chronicle: Chronicle, day: dt.date) -> tuple[Named, ...]:
    chosen: list[Named] = []
    for scene in SCENES:
        person = chronicle.world.first(scene.event, day, besides=[each.person for each in chosen])
        chosen.append(Named(scene.event, person))
    return tuple(chosen)


async def _import(installation: Installation, *, initial_load: bool) -> None:
    done: WholeRun = await fetch_and_import(installation.batch, initial_load=initial_load)
    telling.whole_run(done)
    failures: list[Exception | None] = [
        done.transfer_failure,
        *(each.failure for each in done.transferred),
        *(each.failure for each in done.imported),
    ]
    if any(failures) or [each.outcome for each in done.imported] != [ImportOutcome.IMPORTED]:
        raise DemoFailed(
            "; ".join(str(failure) for failure in failures if failure) or "No file was imported."
        )


async def _contact(installation: Installation, number: str) -> ContactView:
    async with installation.pool.acquire() as connection:
        found = await load_contact(connection, number, may_see_protected=True)
    if found is None:
        raise DemoFailed("A person of the extract is not in the store.")
    return found


async def _until_delivered(installation: Installation) -> None:
    """Waits until every event has left the outbox and was handled."""
    pending = "select exists (select from outbox where published_at is null) or exists (select from delivery)"
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while await installation.pool.fetchval(pending):  # noqa: ASYNC110 - the database cannot set an Event
            await asyncio.sleep(POLL_SECONDS)


def _events(installation: Installation) -> list[dict[str, object]]:
    return [json.loads(line) for line in installation.events_file.read_text().splitlines()]


def _tell_changes(before: list[ContactView], after: list[ContactView]) -> None:
    rows = [
        (
            str(scene.event),
            str(new.contact_id),
            f"{old.version} → {new.version}",
            scene.shows(old),
            scene.shows(new),
        )
        for scene, old, new in zip(SCENES, before, after, strict=True)
    ]
    telling.table("What changed", ("somebody", "contact", "version", "before", "after"), rows)


def _tell_events(events: list[dict[str, object]]) -> None:
    counts = collections.Counter(str(event["type"]) for event in events)
    rows = [
        (event_type, str(count), _example(events, event_type)) for event_type, count in sorted(counts.items())
    ]
    telling.table("Events of the change file", ("type", "how many", "the first one's data"), rows)


def _example(events: list[dict[str, object]], event_type: str) -> str:
    return json.dumps(next(event["data"] for event in events if event["type"] == event_type))
