"""``make demo``: a small extract, a change file after it, and what became of five persons; then one by CPR Direkte, and a company."""

import collections
import dataclasses
import datetime as dt
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from registerbro.contacts.model import Role
from registerbro.contacts.presenting import ContactView
from registerbro.cpr.numbers import CprNumber
from registerbro.privacy import mask
from registerbro_sandbox.persons import Change, Delivery, Layout, LifeEvent, Named, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today

from registerbro_local import circle, companies, telling
from registerbro_local.errors import DemoFailed
from registerbro_local.installation import Installation, opened
from registerbro_local.serving import services_running
from registerbro_local.stage import address_text, contact_with, events, import_files, main_address

SUBSCRIBED, KNOWN = 120, 160  # persons in the first extract, persons whom CPR knows
DAYS_OF_FILES = dt.timedelta(days=2)  # of the two files here; what is said online is of today


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """An event of life: what of a contact shows it, and whether it shows."""

    event: LifeEvent
    shows: Callable[[ContactView], str]
    is_right: Callable[[ContactView, ContactView], bool]


def _former_streets(contact: ContactView) -> list[str | None]:
    return [each.address1 for each in contact.addresses if each.address_type == "CPRADR"]


def _has_moved(before: ContactView, after: ContactView) -> bool:
    old, new = main_address(before), main_address(after)
    return bool(old and new and old != new and old.address1 in _former_streets(after))


def _named(contact: ContactView, role: Role) -> list[str]:
    """Names of those with a role; the name of a guardian without a number holds the ward's."""
    return [
        mask(f"{each.contact.name1} {each.contact.name2}") for each in contact.references if each.role == role
    ]


def _civil_status(contact: ContactView) -> str:
    return ", ".join([*(contact.info.get("Civilstand") or ()), *_named(contact, Role.SPOUSE)])


def _number(contact: ContactView) -> str:
    numbers = [contact.name.name_code or "", *(contact.former_numbers or ())]
    return ", formerly ".join(str(CprNumber(number)) for number in numbers)


SCENES = (
    Scene(LifeEvent.MOVES, address_text, _has_moved),
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
        async with (
            opened(Path(directory), base=None) as installation,
            services_running(installation) as services,
        ):
            await _by_file(installation)
            await circle.show(installation, services)
            await companies.show(installation, services)


async def _by_file(installation: Installation) -> None:
    day = today() - DAYS_OF_FILES
    population = Population(seed=4, size=KNOWN)
    chronicle, written = Chronicle.begin(installation.world, population, Delivery(day), subscribed=SUBSCRIBED)
    telling.console.print(
        f"An extract of {written.persons} fictional persons lies on the sandbox's file server."
    )
    telling.whole_run(await import_files(installation, initial_load=True))
    told_before = len(events(installation))

    happening = _cast(chronicle, day + dt.timedelta(days=1))
    numbers = [chronicle.world.person(each.person).number for each in happening]
    before = [await contact_with(installation, number) for number in numbers]
    chronicle.deliver(Change(day + dt.timedelta(days=1), happening), Layout())
    telling.console.print("\nA day later something happened to five of them, and a change file lies there.")
    telling.whole_run(await import_files(installation))
    after = [await contact_with(installation, number) for number in numbers]

    _tell_changes(before, after)
    _tell_events(events(installation)[told_before:])
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


def _tell_events(told: list[dict[str, Any]]) -> None:
    counts = collections.Counter(str(event["type"]) for event in told)
    rows = [
        (event_type, str(count), _example(told, event_type)) for event_type, count in sorted(counts.items())
    ]
    telling.table("Events of the change file", ("type", "how many", "the first one's data"), rows)


def _example(told: list[dict[str, Any]], event_type: str) -> str:
    return json.dumps(next(event["data"] for event in told if event["type"] == event_type))
