"""Settings read at start: every problem named at once, and what is in force shown without secrets."""

import difflib
import os
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError

from registerbro.settings.models import (
    FILE,
    PREFIX,
    SERVICE_SECTIONS,
    Origin,
    ProcessSettings,
    Settings,
    secrets_directory,
    settings_file,
    sources,
)

ELSEWHERE = re.compile(r"REGISTERBRO_(APPSETTINGS|SECRETS_DIRECTORY|TESTDATA|TEST_\w+)", re.IGNORECASE)
EXIT_CODE = 2

_NO_OVERRIDES: dict[str, Any] = {}
S = TypeVar("S", bound=ProcessSettings)


class SettingsInvalid(Exception):
    """The settings cannot be used; ``problems`` has one line for each reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(kind: type[S]) -> S:
    """The settings of one service; ``SettingsInvalid`` names everything that is wrong with them at once."""
    problems = list(_unknown_names(kind))
    if os.environ.get(FILE) and not settings_file().is_file():
        problems.append(f"{FILE}: there is no such file")
    try:
        settings = kind(**_NO_OVERRIDES)
    except ValidationError as error:
        problems.extend(line for problem in error.errors() for line in _describe(problem, kind))
    except SettingsError as error:
        problems.append(str(error))
    else:
        if not problems:
            return settings
    raise SettingsInvalid(tuple(dict.fromkeys(problems)))


def load_or_exit(kind: type[S]) -> S:
    """The settings of one service, or the end of the process with one line for each problem."""
    try:
        return load(kind)
    except SettingsInvalid as error:
        _exit(error.problems)


def _exit(problems: tuple[str, ...]) -> NoReturn:
    for problem in problems:
        sys.stderr.write(f"settings: {problem}\n")
    raise SystemExit(EXIT_CODE)


def effective(settings: BaseModel) -> Iterator[tuple[str, str]]:
    """Every setting as the variable's name and the value in force, secrets masked."""
    for path, value in _leaves(settings, ()):
        yield variable(path), "" if value is None else _shown(value)


def variable(path: tuple[str, ...]) -> str:
    """The name of the environment variable for a setting: ``("database", "url")`` is ``REGISTERBRO_DATABASE__URL``."""
    return PREFIX + "__".join(path).upper()


def origins(kind: type[ProcessSettings]) -> dict[tuple[str, ...], Origin]:
    """Where each setting that is given comes from, by its path; what has its default is not there."""
    found: dict[tuple[str, ...], Origin] = {}
    for origin, source in sources(kind).items():
        for path in _given(source(), ()):
            found.setdefault(path, origin)
    return found


def _given(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _given(value, (*path, name))
        else:
            yield (*path, name)


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(map(str, value)))
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _leaves(model: BaseModel, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _describe(problem: Mapping[str, Any], kind: type[ProcessSettings]) -> Iterator[str]:
    path = tuple(str(part) for part in problem["loc"] if not isinstance(part, int))
    if problem["type"] == "missing":
        yield from (f"{variable(leaf)}: is missing" for leaf in _required(kind, path))
    elif problem["type"] == "extra_forbidden":
        yield _unknown(variable(path), kind)
    else:
        reason = problem["msg"].removeprefix("Value error, ")
        # what is wrong with several sections together names them itself
        yield f"{variable(path)}: {reason}" if path else reason


def _required(kind: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The settings at or below ``path`` that have no default."""
    return (leaf for leaf, field in _fields(kind, ()) if leaf[: len(path)] == path and field.is_required())


def _unknown_names(kind: type[ProcessSettings]) -> Iterator[str]:
    """Names with our prefix, in the environment and among the secret files, that no service reads."""
    directory = secrets_directory()
    files = sorted(entry.name for entry in directory.iterdir()) if directory.is_dir() else []
    known = _known(kind)
    for name in [*sorted(os.environ), *files]:
        upper = name.upper()
        if not upper.startswith(PREFIX) or ELSEWHERE.fullmatch(name) or _is_foreign(upper, kind):
            continue
        if not any(upper == path or path.startswith(f"{upper}__") for path in known):
            yield _unknown(upper, kind)


def _is_foreign(name: str, kind: type[ProcessSettings]) -> bool:
    section = name.removeprefix(PREFIX).split("__")[0].lower()
    return section in SERVICE_SECTIONS and section not in kind.model_fields


def _unknown(name: str, kind: type[ProcessSettings]) -> str:
    candidates = [known.removeprefix(PREFIX) for known in _known(kind)]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), candidates, n=1, cutoff=0.7)
    return f"{name}: no such setting" + (f"; did you mean {PREFIX}{near[0]}?" if near else "")


def _known(kind: type[BaseModel]) -> list[str]:
    return [variable(path) for model in (Settings, kind) for path, _ in _fields(model, ())]


def _fields(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        sections = [part for part in _parts(field.annotation) if _is_section(part)]
        for section in sections:
            yield from _fields(section, (*path, name))
        if not sections:
            yield (*path, name), field


def _parts(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _is_section(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)
