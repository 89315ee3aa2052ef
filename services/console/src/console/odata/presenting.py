"""Rows as clients see them: with control information, cut to their page, and with links to what follows."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

from console.odata import resources, statement
from console.odata.edm import EntitySet
from console.odata.model import ENTITY_SETS
from console.odata.options import Expansion, Options

Link: TypeAlias = Callable[[str, Options, list[Any], int | None], str]
"""Makes a nextLink from a path, its options, what the last row was ordered by, and how many rows may follow."""


def etag(version: int) -> str:
    """The tag of a version; weak, because what is shown depends on who asks."""
    return f'W/"{version}"'


@dataclasses.dataclass(slots=True)
class Presenter:
    """Presents the rows of one answer, and notes which contacts they tell of."""

    link: Link
    has_control: bool = True
    contact_ids: set[int] = dataclasses.field(default_factory=set)

    def entity(self, entity: EntitySet, options: Options, row: dict[str, Any]) -> dict[str, Any]:
        """A row without what only we need of it."""
        meta = row.pop(statement.META)
        self.contact_ids.update(meta["c"])
        shown: dict[str, Any] = {}
        if self.has_control and entity.etag:
            shown["@odata.etag"] = etag(meta["v"])
        for expansion in options.expand:
            self._expand(entity, expansion, row, meta["i"])
        return shown | row

    def _expand(self, entity: EntitySet, expansion: Expansion, row: dict[str, Any], key: list[Any]) -> None:
        name, options = expansion.name, expansion.options
        navigation = statement.expanded(entity, expansion)
        target = ENTITY_SETS[navigation.target]
        if navigation.is_many:
            row[name] = self._many(
                target, options, row, name, f"{entity.name}({resources.predicate(entity, key)})"
            )
        elif row[name] is not None:
            row[name] = self.entity(target, options, row[name])

    def _many(
        self, target: EntitySet, options: Options, row: dict[str, Any], name: str, path: str
    ) -> list[Any]:
        limit = statement.nested_limit(options)
        found = row[name]
        rest = None if options.top is None else options.top - limit
        if len(found) > limit and (rest is None or rest > 0):
            last = found[limit - 1][statement.META]["k"]
            row[f"{name}@odata.nextLink"] = self.link(f"{path}/{name}", options, last, rest)
        return [self.entity(target, options, each) for each in found[:limit]]


def fields(entity: EntitySet, options: Options) -> list[str]:
    """The names of what is shown, as the audit log has them: ``Name1``, ``Addresses/Address1``."""
    own = [each.name for each in statement.selected(entity, options)]
    inner = [
        f"{each.name}/{name}"
        for each in options.expand
        for name in fields(ENTITY_SETS[statement.expanded(entity, each).target], each.options)
    ]
    return own + inner


def selection(entity: EntitySet, options: Options) -> str:
    """What is shown, as the context URL tells it (part 1, 10): empty for everything."""
    names = [] if options.select is None else [each.name for each in statement.selected(entity, options)]
    inner = [
        f"{each.name}({_inside(selection(ENTITY_SETS[statement.expanded(entity, each).target], each.options))})"
        for each in options.expand
    ]
    return f"({','.join(names + inner)})" if names or inner else ""


def _inside(text: str) -> str:
    return text[1:-1]
