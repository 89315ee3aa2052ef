"""The external sources as operators see and change them: in fields, and as the vendor's parameter string.

Either way in, both come out. A field that is given stands in its old place of the string, everything else in it stays as it
was. CVR's password goes in either way and never comes out; it stands among the stored secrets.
"""

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import aiosql
from pydantic import SecretStr

from registerbro import sources
from registerbro.auth.scopes import Caller
from registerbro.configuration import history
from registerbro.configuration.history import Action, Topic
from registerbro.contacts.model import SOURCE_CPR, SOURCE_CVR
from registerbro.database import Connection, Pool
from registerbro.parameters import ParametersMalformed, ParameterString
from registerbro.privacy import is_suspect
from registerbro.secrets import SecretsError, SecretStore
from registerbro.sources import CVR_PASSWORD, CprSource, CvrSource, ParametersRefused, Source

PASSWORD = "Password"  # noqa: S105 (a key of the parameter string)
NO_KEY = f"{PASSWORD}: can only be stored once REGISTERBRO_SECRETS__KEYS is set; make a key with `registerbro secrets key`."
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
_SECRET = re.compile(r"password|passwd|pwd|secret", re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z]\w*")


class SourceName(enum.StrEnum):
    """The external sources."""

    CPR = SOURCE_CPR
    CVR = SOURCE_CVR


class Keep(enum.Enum):
    """In place of a password: the one that is stored."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a source, its key in the string, and how its value is written there."""

    name: str
    key: str
    write: Callable[[Any], str] = str


def _yes_or_no(value: bool) -> str:
    return "J" if value else "N"


FIELDS: Mapping[SourceName, tuple[Field, ...]] = {
    SourceName.CPR: (
        Field("force_update", "ForceUpdate", _yes_or_no),
        Field("subscription", "Subscription", lambda value: str(int(value))),
        Field("guardian_name_type", "guardianNameType"),
    ),
    SourceName.CVR: (
        Field("level", "Level"),
        Field("user_id", "UserID"),
        Field("certificate", "Certificate"),
        Field("certificate_file", "Certificatefilename"),
        Field("company_name_type", "Jtype"),
        Field("unit_name_type", "Ptype"),
        Field("force_update", "ForceUpdate", _yes_or_no),
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class SourceShown:
    """A source as it is configured, without its password. ``others``: keys of the string that we do not use."""

    name: SourceName
    version: int
    source: Source
    others: Mapping[str, str]
    has_password: bool
    changed_at: dt.datetime
    changed_by: str

    @property
    def fields(self) -> dict[str, Any]:
        """The values by their fields' names."""
        return _fields(self.name, self.source)

    @property
    def record_types(self) -> list[str] | None:
        """What the agreement with CPR delivers; None: all, or not a question of this source."""
        types = self.source.record_types if isinstance(self.source, CprSource) else None
        return None if types is None else sorted(types)


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a parameter string in place of the present one, or fields and other keys in it."""

    parameters: str | None = None
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    others: Mapping[str, str] | None = None  # None: those that are there stay
    record_types: frozenset[str] | Keep | None = KEEP
    password: SecretStr | Keep | None = KEEP


async def show(source: "Pool | Connection", secrets: SecretStore, name: SourceName) -> SourceShown:
    """One source."""
    row = await _SQL.who(source, source=name)
    found = await _load(source, name)
    return SourceShown(
        name,
        await history.version(source, Topic.SOURCE, name),
        found,
        dict(_others(name, found.parameters)),
        name is SourceName.CVR and await secrets.is_stored(source, CVR_PASSWORD),
        row["changed_at"],
        row["changed_by"],
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What a parameter string says, before it is stored. The string stands here without its password."""

    name: SourceName
    source: Source
    others: Mapping[str, str]
    brings_password: bool

    @property
    def fields(self) -> dict[str, Any]:
        """The values by their fields' names."""
        return _fields(self.name, self.source)


async def read(source: "Pool | Connection", name: SourceName, parameters: str) -> Reading:
    """Reads a string as ``change`` would, and stores nothing. ``ParametersRefused`` as there."""
    wanted, password = wished(name, await _load(source, name), Wish(parameters))
    await sources.refuse_unknown_name_types(source, wanted)
    others = dict(_others(name, wanted.parameters))
    return Reading(name, wanted, others, brings_password=isinstance(password, SecretStr))


async def change(
    connection: Connection,
    secrets: SecretStore,
    name: SourceName,
    wish: Wish,
    *,
    by: Caller,
    version: int | None = None,
) -> SourceShown:
    """Changes a source; ``ParametersRefused`` names every wrong value's key and reason, ``VersionMismatch``."""
    async with history.changing(connection):
        await history.require(connection, Topic.SOURCE, name, version)
        present = await _load(connection, name)
        wanted, password = wished(name, present, wish)
        changes = history.differences(_plain(present), _plain(wanted))
        is_announced = await sources.save(connection, wanted, by=by.name)
        if changed := await _change_password(connection, secrets, password):
            changes["password"] = changed
            if not is_announced:
                await history.announce(connection, Topic.SOURCE, name)
        if changes:
            await history.record(connection, Topic.SOURCE, name, Action.CHANGED, by, changes)
        return await show(connection, secrets, name)


def wished(name: SourceName, present: Source, wish: Wish) -> tuple[Source, SecretStr | Keep | None]:
    """What the wish makes of a source, and of its password; ``ParametersRefused``."""
    parameters = _with_fields(name, present, wish) if wish.parameters is None else _read(wish.parameters)
    password = wish.password
    if name is SourceName.CVR and (told := parameters.get(PASSWORD)) is not None:
        password = SecretStr(told) if told else None
        parameters = parameters.without(PASSWORD)
    if reasons := list(_reasons(parameters)):
        raise ParametersRefused(reasons)
    types = present.record_types if isinstance(present, CprSource) else None
    if not isinstance(wish.record_types, Keep):
        types = wish.record_types
    return _parse(name, str(parameters), types), password


def _fields(name: SourceName, source: Source) -> dict[str, Any]:
    return {field.name: getattr(source, field.name) for field in FIELDS[name]}


def _with_fields(name: SourceName, present: Source, wish: Wish) -> ParameterString:
    parameters = present.parameters
    changed = {
        field.key: field.write(value)
        for field in FIELDS[name]
        if (value := wish.fields.get(field.name)) is not None and value != getattr(present, field.name)
    }
    for key, value in changed.items():
        parameters = parameters.replace(key, value)
    if wish.others is not None:
        parameters = _with_others(name, parameters, wish.others)
    _refuse_unwritable(parameters, changed | dict(wish.others or {}))
    return parameters


def _with_others(name: SourceName, parameters: ParameterString, others: Mapping[str, str]) -> ParameterString:
    ours = {field.key.lower() for field in FIELDS[name]} | {PASSWORD.lower()}
    wrong = [key for key in others if not _KEY.fullmatch(key) or key.lower() in ours]
    if wrong:
        raise ParametersRefused(["others: a key is a word of its own that is no field."])
    wanted = {key.lower() for key in others}
    for key, _ in _others(name, parameters):
        if key.lower() not in wanted:
            parameters = parameters.without(key)
    for key, value in others.items():
        if parameters.get(key) != value:
            parameters = parameters.replace(key, value)
    return parameters


def _refuse_unwritable(parameters: ParameterString, wanted: Mapping[str, str]) -> None:
    """A value that would be read as another one, as with a divider in it, cannot stand in a string."""
    lost = [key for key, value in wanted.items() if not _is_read_as(f"{key}={value}", key, value)]
    lost = lost or [key for key, value in wanted.items() if not _is_read_as(str(parameters), key, value)]
    if lost:
        raise ParametersRefused([f"{key}: cannot be written in a parameter string." for key in lost])


def _is_read_as(text: str, key: str, value: str) -> bool:
    try:
        found = ParameterString.parse(text)
    except ParametersMalformed:
        return False
    return (found.get(key) or "").upper() == value.upper()


def _reasons(parameters: ParameterString) -> Iterator[str]:
    for key in parameters.names():
        if _SECRET.search(key):
            yield f"{key}: a secret that is not used; leave it out."
        elif not (parameters.get(key) or "").isprintable():
            yield f"{key}: must not hold control characters."
        elif is_suspect(parameters.get(key) or ""):
            yield f"{key}: must not look like a personal number."


async def _change_password(
    connection: Connection, secrets: SecretStore, password: SecretStr | Keep | None
) -> list[bool] | None:
    """Whether there was one and is one, where that changes; None where nothing does."""
    if isinstance(password, Keep):
        return None
    was_stored = await secrets.is_stored(connection, CVR_PASSWORD)
    if password is None:
        await secrets.remove(connection, CVR_PASSWORD)
        return [True, False] if was_stored else None
    if not secrets.has_key:
        raise ParametersRefused([NO_KEY])
    try:
        if await secrets.get(connection, CVR_PASSWORD) == password:
            return None
    except SecretsError:
        pass  # stored under a key that is gone: the new one takes its place
    await secrets.put(connection, CVR_PASSWORD, password)
    return [was_stored, True]


def _read(text: str) -> ParameterString:
    try:
        return ParameterString.parse(text)
    except ParametersMalformed as error:
        raise ParametersRefused([f"{error}."]) from None


def _parse(name: SourceName, text: str, types: frozenset[str] | None) -> Source:
    return CprSource.parse(text, types) if name is SourceName.CPR else CvrSource.parse(text)


async def _load(source: "Pool | Connection", name: SourceName) -> Source:
    return await (sources.load(source, "CPR") if name is SourceName.CPR else sources.load(source, "CVR-J"))


def _others(name: SourceName, parameters: ParameterString) -> Iterator[tuple[str, str]]:
    ours = {field.key.lower() for field in FIELDS[name]} | {PASSWORD.lower()}
    for key in parameters.names():
        if key.lower() not in ours:
            yield key, parameters.get(key) or ""


def _plain(source: Source) -> dict[str, Any]:
    types = source.record_types if isinstance(source, CprSource) else None
    return {"parameters": str(source), "record_types": None if types is None else sorted(types)}
