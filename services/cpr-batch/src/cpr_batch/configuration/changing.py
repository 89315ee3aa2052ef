"""Changes of stored settings: checked as a whole, stored as a whole, with their history and an event."""

import contextlib
import dataclasses
import difflib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr
from registerbro.bus import outbox
from registerbro.configuration import history
from registerbro.events import ConfigurationChanged, Event
from registerbro.problems import VersionMismatch
from registerbro.secrets import NoSecretKey

from cpr_batch import journal, locks
from cpr_batch.batch import Batches
from cpr_batch.configuration import names, stored
from cpr_batch.configuration.fields import Field, fields
from cpr_batch.configuration.layers import InForce, compose, plain
from cpr_batch.configuration.stored import Change, Stored
from cpr_batch.errors import (
    FieldProblem,
    FilesWaiting,
    SectionIncomplete,
    SettingsRefused,
    SettingsUnusable,
    TransferBusy,
)

TOPIC = "cpr-batch"
HOST, PASSWORD = ("ftp", "host"), ("ftp", "password")
NO_KEY = "can only be stored once REGISTERBRO_SECRETS__KEYS is set; make a key with `registerbro secrets key`"


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: new values by name, and names whose stored value is to go. A secret that is None goes, too."""

    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    unset: Sequence[str] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """What the wish would make of the settings, and the changes that lead there."""

    in_force: InForce
    changes: tuple[Change, ...]
    version: int


async def candidate(batches: Batches, wish: Wish) -> Candidate:
    """What the wish would come to; ``SettingsRefused`` names everything that stands against it."""
    present = await stored.load(batches.pool, batches.secrets)
    problems = [*_refusals(batches, wish)]
    if problems:
        raise SettingsRefused(problems)
    wanted = _wanted(present, wish)
    unreadable = {path: why for path, why in present.unreadable.items() if path not in _touched(wish)}
    try:
        in_force = compose(batches.told, wanted, unreadable)
    except SettingsUnusable as error:
        raise SettingsRefused(error.problems) from None
    if against := [*_incomplete(in_force, wish), *_password_for_another(present, wanted, wish)]:
        raise SettingsRefused(against)
    return Candidate(in_force, tuple(_changes(present, wanted, wish, in_force)), present.version)


async def change(batches: Batches, wish: Wish, *, by: str, version: int | None = None) -> Candidate:
    """Stores what is wished. ``version`` is what the caller has read; ``VersionMismatch`` if it has changed since."""
    made = await candidate(batches, wish)
    if version not in (None, made.version):
        raise VersionMismatch(version=made.version)
    if not made.changes:
        return made
    before = await _before(batches, by)
    async with _names_free(batches, before, made, by):
        made = dataclasses.replace(made, version=await _store(batches, made, by))
    changed = ", ".join(each.name for each in made.changes)
    batch = batches.batch(made.in_force, by, made.version)
    await journal.note(batch, journal.Action.SETTINGS_CHANGED, settings=changed)
    return made


async def _before(batches: Batches, by: str) -> InForce | None:
    present = await stored.load(batches.pool, batches.secrets)
    try:
        return compose(batches.told, present.values, present.unreadable)
    except SettingsUnusable:
        return None


@contextlib.asynccontextmanager
async def _names_free(
    batches: Batches, before: InForce | None, made: Candidate, by: str
) -> AsyncIterator[None]:
    """Where the names of files change: no transfer runs meanwhile, and no file waits under the present ones."""
    now = names.of(made.in_force.settings)
    then = now if before is None else names.of(before.settings)
    if before is None or now == then:
        yield
        return
    async with locks.hold(batches.pool, locks.TRANSFERS) as is_free:
        if not is_free:
            raise TransferBusy
        if waiting := await names.waiting(batches.batch(before, by), then):
            raise FilesWaiting(waiting, [name for name in names.NAMES if now[name] != then[name]])
        yield


async def _store(batches: Batches, made: Candidate, by: str) -> int:
    async with batches.pool.acquire() as connection, connection.transaction():
        if await stored.SQL.lock_version(connection) != made.version:
            raise VersionMismatch("The settings were changed in the meantime: read them again.")
        for each in made.changes:
            await stored.write(connection, batches.secrets, each, by=by)
        events = [Event(ConfigurationChanged(TOPIC, each.name)) for each in made.changes]
        await outbox.add(connection, events)
        await history.count(connection)
        return int(await stored.SQL.raise_version(connection))


def _refusals(batches: Batches, wish: Wish) -> Iterator[FieldProblem]:
    for name in {**wish.values, **dict.fromkeys(wish.unset)}:
        field = fields().get(name)
        if field is None and not (name in wish.unset and _section(name)):
            yield FieldProblem(name, _unknown(name), "unknown")
        elif name in wish.values and name in wish.unset:
            yield FieldProblem(name, "is both set and unset", "contradiction")
        elif field is not None and batches.told.is_fixed(field.path):
            yield FieldProblem(name, f"is fixed by {batches.told.fixed_by(field.path)}", "fixed")
        elif field is not None and name in wish.values:
            yield from _value_refusals(batches, field, wish.values[name])


def _value_refusals(batches: Batches, field: Field, value: Any) -> Iterator[FieldProblem]:
    if isinstance(value, str) and not value.isprintable():
        yield FieldProblem(field.name, "must not hold control characters", "control_characters")
    elif field.is_secret and value is not None:
        if not isinstance(value, str | SecretStr):
            yield FieldProblem(field.name, "must be a text", "string_type")
        elif not batches.secrets.has_key:
            yield FieldProblem(field.name, NO_KEY, NoSecretKey.__name__)


def _wanted(present: Stored, wish: Wish) -> dict[tuple[str, ...], Any]:
    gone = _touched(wish)
    kept = {path: value for path, value in present.values.items() if path not in gone}
    return kept | {fields()[name].path: value for name, value in _set(wish).items()}


def _set(wish: Wish) -> dict[str, Any]:
    return {
        name: SecretStr(value) if fields()[name].is_secret and isinstance(value, str) else value
        for name, value in wish.values.items()
        if value is not None or not fields()[name].is_secret
    }


def _touched(wish: Wish) -> set[tuple[str, ...]]:
    unset = {each for name in wish.unset for each in (_section(name) or [name])}
    return {fields()[name].path for name in {*wish.values, *unset}}


def _section(name: str) -> list[str]:
    """The names of a section's settings."""
    return [each for each in fields() if each.startswith(f"{name}.")]


def _incomplete(in_force: InForce, wish: Wish) -> Iterator[FieldProblem]:
    """What is missing in the sections that the wish concerns."""
    concerned = {path[0] for path in _touched(wish)}
    for section, obstacle in in_force.obstacles.items():
        if section in concerned and isinstance(obstacle, SectionIncomplete):
            for name in obstacle.missing:
                yield FieldProblem(name, "is missing", "missing")


def _password_for_another(
    present: Stored, wanted: Mapping[tuple[str, ...], Any], wish: Wish
) -> Iterator[FieldProblem]:
    """A stored password is not sent to another host than it was stored for, unless it is given again."""
    is_moved = present.values.get(HOST) not in (None, wanted.get(HOST))
    if is_moved and PASSWORD in present.places and PASSWORD in wanted and PASSWORD not in _touched(wish):
        yield FieldProblem(".".join(PASSWORD), "must be given again for another host", "missing")


def _changes(
    present: Stored, wanted: Mapping[tuple[str, ...], Any], wish: Wish, in_force: InForce
) -> Iterator[Change]:
    shown = plain(in_force.settings)
    for path in sorted(_touched(wish)):
        name = ".".join(path)
        old = {"value": present.values.get(path)} if path in present.places else {}
        new = {"value": shown.get(path, wanted[path])} if path in wanted else {}
        if old != new or path in present.unreadable:
            yield Change(name, old, new)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, fields(), n=1, cutoff=0.6)
    return "no such setting" + (f"; did you mean {near[0]}?" if near else "")
