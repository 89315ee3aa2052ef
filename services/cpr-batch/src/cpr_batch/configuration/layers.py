"""What a process was told, what is stored, and what the two make together."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from registerbro.settings import Origin, variable

from cpr_batch.configuration.fields import SECTION, Path, fields
from cpr_batch.errors import BatchError, FieldProblem, SectionIncomplete, SettingsUnusable
from cpr_batch.settings import CprBatchSettings

Values = Mapping[Path, Any]
STARTER = "the program that started the service"


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What a process was told at its start, and by whom."""

    values: Values
    origins: Mapping[Path, Origin]

    @classmethod
    def of(cls, settings: CprBatchSettings, origins: Mapping[Path, Origin]) -> "Told":
        """From the settings as they were loaded, and ``registerbro.settings.origins``."""
        own = {path[1:]: origin for path, origin in origins.items() if path[:1] == SECTION}
        return cls(dict(_given(settings, ())), own)

    def is_fixed(self, path: Path) -> bool:
        """Whether stored values do not count: it comes from the environment or a secret file."""
        return path in self.values and self.origins.get(path) is not Origin.FILE

    def fixed_by(self, path: Path) -> str:
        """What fixes it, in words."""
        name = variable((*SECTION, *path))
        match self.origins.get(path):
            case Origin.ENVIRONMENT:
                return f"the environment variable {name}"
            case Origin.SECRET_FILE:
                return f"the secret file {name.lower()}"
            case _:
                return STARTER


@dataclasses.dataclass(frozen=True, slots=True)
class InForce:
    """The settings that an action works with. ``obstacles``: sections that cannot be used, by name, and why."""

    settings: CprBatchSettings
    values: Values
    obstacles: Mapping[str, BatchError]


def compose(told: Told, stored: Values, unreadable: Mapping[Path, str]) -> InForce:
    """What is in force; ``SettingsUnusable`` names everything that is wrong at once.

    ``unreadable`` are stored secrets that no key opens: their section cannot be used, everything else can.
    """
    fixed = {path: value for path, value in told.values.items() if told.is_fixed(path)}
    values = {**told.values, **stored, **fixed}
    try:
        settings = CprBatchSettings.model_validate(nested(values))
    except ValidationError as error:
        raise SettingsUnusable(problems_of(error)) from None
    obstacles: dict[str, BatchError] = {
        section: SectionIncomplete(section, missing) for section, missing in _missing(settings)
    }
    for path, reason in unreadable.items():
        if not told.is_fixed(path):
            obstacles[path[0]] = SettingsUnusable((FieldProblem(".".join(path), reason, "unreadable"),))
    return InForce(settings, values, obstacles)


def nested(values: Values) -> dict[str, Any]:
    """The values as the models want them."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        branch[path[-1]] = value
    return tree


def problems_of(error: ValidationError) -> tuple[FieldProblem, ...]:
    """What pydantic found wrong, by the names of settings."""
    return tuple(
        FieldProblem(_name(problem["loc"]), problem["msg"].removeprefix("Value error, "), problem["type"])
        for problem in error.errors(include_input=False, include_url=False)
    )


def plain(settings: CprBatchSettings) -> Mapping[Path, Any]:
    """Every setting in force as JSON has it; secrets are left out."""
    return dict(_plain(settings.model_dump(mode="json"), ()))


def _plain(tree: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    for name, value in tree.items():
        here = (*path, name)
        field = fields().get(".".join(here))
        if field is not None and not field.is_secret:
            yield here, value
        elif isinstance(value, Mapping):
            yield from _plain(value, here)


def _name(place: tuple[int | str, ...]) -> str:
    names = [str(part) for part in place if isinstance(part, str)]
    while len(names) > 1 and ".".join(names) not in fields():
        names.pop()
    return ".".join(names) or "settings"


def _missing(settings: CprBatchSettings) -> Iterator[tuple[str, tuple[str, ...]]]:
    for section, given in settings.incomplete.items():
        needed = [f for f in fields().values() if f.path[0] == section and f.is_required]
        yield section, tuple(field.name for field in needed if field.path[-1] not in given)


def _given(model: BaseModel, path: Path) -> Iterator[tuple[Path, Any]]:
    for name in type(model).model_fields:
        if name in model.model_fields_set:
            yield from _leaves(getattr(model, name), (*path, name))
    if isinstance(model, CprBatchSettings):
        yield from _leaves(model.incomplete, ())


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, BaseModel):
        yield from _given(value, path)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif value is not None or ".".join(path) in fields():
        yield path, value


def is_secret(value: object) -> bool:
    """Whether a value is one that nobody is shown."""
    return isinstance(value, SecretStr)
