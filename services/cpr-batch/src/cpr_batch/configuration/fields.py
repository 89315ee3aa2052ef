"""Every setting of CPR Batch as its models describe it: nothing is listed by hand."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from cpr_batch.settings import CprBatchSettings

Path: TypeAlias = tuple[str, ...]
SECTION = ("cpr_batch",)
GROUPS = {"pattern": "ftp", "daily_at": "schedule", "chunk_persons": "import"}
OUTER_GROUP = "local"  # of settings that stand in no section
DESCRIPTIVE = ("title", "description", "default", "writeOnly")


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One setting. ``form`` is its type with bounds, in the words of JSON Schema."""

    path: Path
    description: str
    default: Any
    form: Mapping[str, Any]
    is_secret: bool
    is_nullable: bool
    is_required: bool  # once anything of its section is set

    @property
    def name(self) -> str:
        """As ``ftp.host``."""
        return ".".join(self.path)

    @property
    def group(self) -> str:
        """What it belongs to, for whoever shows it."""
        return self.path[0] if len(self.path) > 1 else GROUPS.get(self.name, OUTER_GROUP)


@functools.cache
def fields() -> Mapping[str, Field]:
    """All settings by their names, in the order of the models."""
    schema = CprBatchSettings.model_json_schema()
    return {field.name: field for field in _fields(schema, schema["$defs"], ())}


def _fields(schema: Mapping[str, Any], models: Mapping[str, Any], path: Path) -> Iterator[Field]:
    for name, described in schema["properties"].items():
        options = [option for option in _options(described, models) if option.get("type") != "null"]
        section = next((option for option in options if "properties" in option), None)
        if section is not None:
            yield from _fields(section, models, (*path, name))
        else:
            yield _field((*path, name), described, options, is_required=name in schema.get("required", ()))


def _options(described: Mapping[str, Any], models: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_resolved(option, models) for option in described.get("anyOf", [described])]


def _resolved(option: Mapping[str, Any], models: Mapping[str, Any]) -> Mapping[str, Any]:
    if reference := option.get("$ref"):
        found: Mapping[str, Any] = models[reference.rsplit("/", 1)[1]]
        return found
    return option


def _field(
    path: Path, described: Mapping[str, Any], options: list[Mapping[str, Any]], *, is_required: bool
) -> Field:
    form = {name: value for name, value in options[0].items() if name not in DESCRIPTIVE}
    return Field(
        path=path,
        description=described.get("description", ""),
        default=described.get("default"),
        form=form if len(options) == 1 else {"anyOf": [dict(option) for option in options]},
        is_secret=any(option.get("format") == "password" for option in options),
        is_nullable=any(option.get("type") == "null" for option in described.get("anyOf", ())),
        is_required=is_required,
    )
