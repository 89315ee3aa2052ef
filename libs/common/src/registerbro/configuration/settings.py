"""The settings of a group as operators see and change them: checked as a whole by the models that check the environment."""

import dataclasses
import datetime as dt
import difflib
import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from registerbro.auth.scopes import Caller
from registerbro.configuration import history
from registerbro.configuration.errors import SettingFixed, SettingsRefused
from registerbro.configuration.groups import Group
from registerbro.configuration.history import Action
from registerbro.configuration.in_force import SQL, completed
from registerbro.database import Connection, Pool
from registerbro.settings import ProcessSettings, Section, SubscriptionSettings
from registerbro.subscriptions import policy
from registerbro.subscriptions.errors import RuleUnusable

ALL = "all"  # a group has one version


@dataclasses.dataclass(frozen=True, slots=True)
class FixedBy:
    """A service whose environment fixes a setting, and to what."""

    service: str
    fixed_by: str
    value: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Allowed:
    """Which values a setting may have: from least to most where it is a number, one of the choices where there are some."""

    least: float | None
    most: float | None
    choices: tuple[str, ...] | None

    @classmethod
    def of(cls, field: FieldInfo) -> "Allowed":
        """As the model says that checks it."""
        least, most = (
            next((getattr(each, bound) for each in field.metadata if hasattr(each, bound)), None)
            for bound in ("ge", "le")
        )
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
            return cls(least, most, tuple(map(str, kind)))
        return cls(least, most, None)


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the console knows it; ``stored`` is ``{}`` where nothing is, else ``{"value": …}``."""

    section: str
    name: str
    told: Any
    default: Any
    description: str
    allowed: Allowed
    stored: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    changed_at: dt.datetime | None = None
    changed_by: str | None = None
    fixed: tuple[FixedBy, ...] = ()

    @property
    def path(self) -> str:
        """As ``subscriptions.delay_days``."""
        return f"{self.section}.{self.name}"

    @property
    def value(self) -> Any:
        """What is in force: fixed before stored before told."""
        return self.fixed[0].value if self.fixed else self.stored.get("value", self.told)


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A group's settings with their version."""

    version: int
    settings: tuple[Setting, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: new values by path, and paths whose stored value is to go."""

    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    unset: Sequence[str] = ()


async def show(source: "Pool | Connection", told: ProcessSettings, group: Group) -> Shown:
    """The group as it is; ``told`` is what the asking process was told."""
    rows = {(row["section"], row["name"]): row async for row in SQL.stored(source)}
    fixed: dict[tuple[str, str], list[FixedBy]] = {}
    async for row in SQL.fixed(source):
        by = FixedBy(row["service"], row["fixed_by"], row["value"])
        fixed.setdefault((row["section"], row["name"]), []).append(by)
    settings = tuple(
        _setting(getattr(told, section), section, name, rows.get((section, name)), fixed.get((section, name)))
        for section, name in group.names()
    )
    return Shown(await history.version(source, group.topic, ALL), settings)


async def change(
    connection: Connection,
    told: ProcessSettings,
    group: Group,
    wish: Wish,
    *,
    by: Caller,
    version: int | None = None,
) -> Shown:
    """Stores what is wished, all or nothing; ``SettingsRefused``, ``SettingFixed``, ``VersionMismatch``."""
    async with history.changing(connection):
        await history.require(connection, group.topic, ALL, version)
        before = {each.path: each for each in (await show(connection, told, group)).settings}
        _refuse_impossible(before, wish)
        after = await _checked(connection, told, before, wish)
        changes = _changes(before, wish, after)
        for path, (_, new) in changes.items():
            await _store(connection, before[path], new, by)
        if changes:
            plain = {path: [old, new] for path, (old, new) in changes.items()}
            await history.record(connection, group.topic, ALL, Action.CHANGED, by, plain)
            await history.announce(connection, group.topic, *changes)
        return await show(connection, told, group)


def _setting(
    section: Section,
    section_name: str,
    name: str,
    row: Mapping[str, Any] | None,
    fixed: Sequence[FixedBy] | None,
) -> Setting:
    field = type(section).model_fields[name]
    dumped = section.model_dump(mode="json", include={name})[name]
    default = type(section).model_construct().model_dump(mode="json", include={name})[name]
    return Setting(
        section_name,
        name,
        told=dumped,
        default=default,
        description=field.description or "",
        allowed=Allowed.of(field),
        stored={} if row is None else {"value": row["value"]},
        changed_at=row["changed_at"] if row else None,
        changed_by=row["changed_by"] if row else None,
        fixed=tuple(fixed or ()),
    )


def _refuse_impossible(known: Mapping[str, Setting], wish: Wish) -> None:
    touched = [*wish.values, *wish.unset]
    errors = [_error(path, _unknown(path, known), "unknown") for path in touched if path not in known]
    both = [path for path in wish.values if path in wish.unset]
    errors += [_error(path, "is both set and unset", "contradiction") for path in both]
    truths = [path for path, value in wish.values.items() if isinstance(value, bool)]
    errors += [_error(path, "must not be true or false", "type") for path in truths]
    if errors:
        raise SettingsRefused(errors)
    fixed = [
        {"name": path, "service": each.service, "fixed_by": each.fixed_by}
        for path in touched
        for each in known[path].fixed
    ]
    if fixed:
        raise SettingFixed(fixed)


async def _checked(
    connection: Connection, told: ProcessSettings, known: Mapping[str, Setting], wish: Wish
) -> Mapping[str, Any]:
    """Every setting of the group as it would be, in JSON's terms; ``SettingsRefused``."""
    errors: list[dict[str, str]] = []
    found: dict[str, Any] = {}
    for name in dict.fromkeys(each.section for each in known.values()):
        mine = {each.name: each for each in known.values() if each.section == name}
        wanted = dict(_wanted(mine, wish))
        try:
            section = completed(getattr(told, name), wanted)
        except ValidationError as error:
            errors += [_refusal(name, each) for each in error.errors(include_input=False, include_url=False)]
            continue
        if isinstance(section, SubscriptionSettings) and "subscriptions.rule" in wish.values:
            errors += await _rule_errors(connection, section)
        dumped = section.model_dump(mode="json", include=set(mine))
        found |= {f"{name}.{field}": value for field, value in dumped.items()}
    if errors:
        raise SettingsRefused(errors)
    return found


def _wanted(known: Mapping[str, Setting], wish: Wish) -> Iterator[tuple[str, Any]]:
    for name, setting in known.items():
        if setting.fixed:
            yield name, setting.value
        elif setting.path in wish.values:
            yield name, wish.values[setting.path]
        elif setting.stored and setting.path not in wish.unset:
            yield name, setting.stored["value"]


async def _rule_errors(connection: Connection, section: SubscriptionSettings) -> list[dict[str, str]]:
    try:
        await policy.check_rule(connection, section)
    except RuleUnusable as error:
        return [_error("subscriptions.rule", str(error), "rule")]
    return []


def _changes(
    before: Mapping[str, Setting], wish: Wish, after: Mapping[str, Any]
) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What is stored before and after, by path, where that differs."""
    new = {path: {"value": after[path]} for path in wish.values} | {path: {} for path in wish.unset}
    return {path: (before[path].stored, new[path]) for path in new if before[path].stored != new[path]}


async def _store(connection: Connection, setting: Setting, new: Mapping[str, Any], by: Caller) -> None:
    key = {"section": setting.section, "name": setting.name}
    if new:
        await SQL.put(connection, **key, value=new["value"], changed_by=by.name)
    else:
        await SQL.remove(connection, **key)


def _refusal(section: str, error: Mapping[str, Any]) -> dict[str, str]:
    text = str(error["msg"]).removeprefix("Value error, ")
    return _error(".".join([section, *map(str, error["loc"])]), text, error["type"])


def _error(path: str, detail: str, code: str) -> dict[str, str]:
    return {"pointer": f"body/values/{path}", "detail": detail, "code": code}


def _unknown(path: str, known: Mapping[str, Setting]) -> str:
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    return "no such setting" + (f"; did you mean {near[0]}?" if near else "")
