"""Which of the settings that services share operators change while they run, and what the environment fixes of them.

Precedence (decision 0012): environment and secret files, then stored values, then ``appsettings.json``, then defaults.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from registerbro.configuration.history import Topic
from registerbro.settings import Origin, ProcessSettings, Section, origins, variable

Origins: TypeAlias = Mapping[tuple[str, ...], Origin]
STARTER = "the program that started it"


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Settings that are shown and changed together: the names of each section."""

    topic: Topic
    sections: Mapping[str, tuple[str, ...]]

    def names(self) -> Iterator[tuple[str, str]]:
        """Section and name of each."""
        return ((section, name) for section, names in self.sections.items() for name in names)


POLICY = Group(
    Topic.POLICY,
    {"subscriptions": ("told_by", "policy_at", "delay_days", "rule", "brake_share", "brake_least")},
)
RETENTION = Group(
    Topic.RETENTION,
    {
        "audit": ("retention_days", "harvest_persons", "harvest_minutes"),
        "events": ("outbox_days", "inbox_days", "dead_letter_days"),
    },
)
GROUPS = (POLICY, RETENTION)


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    """A setting that the environment of a process sets."""

    section: str
    name: str
    value: Any
    fixed_by: str


def fixed_settings(settings: ProcessSettings) -> Iterator[Fixed]:
    """What stored values do not change in a process that was told these settings."""
    told_by = origins(type(settings))
    for group in GROUPS:
        for section, name in group.names():
            given = getattr(settings, section, None)
            fixed_by = fixed_path(settings, told_by, (section, name))
            if fixed_by is not None and isinstance(given, Section):
                yield Fixed(section, name, given.model_dump(mode="json", include={name})[name], fixed_by)


def fixed_path(settings: ProcessSettings, told_by: Origins, path: tuple[str, ...]) -> str | None:
    """What fixes a setting, in words; None where a stored value may take its place."""
    model: Any = settings
    for name in path:
        if not isinstance(model, BaseModel) or name not in model.model_fields_set:
            return None
        model = getattr(model, name)
    match told_by.get(path):
        case Origin.FILE:
            return None
        case Origin.ENVIRONMENT:
            return f"the environment variable {variable(path)}"
        case Origin.SECRET_FILE:
            return f"the secret file {variable(path).lower()}"
        case None:
            return STARTER
