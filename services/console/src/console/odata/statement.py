"""A query as one statement: each row comes as JSON, with what its navigations lead to inside of it.

Beside its properties a row has the member ``@``, which the client does not see: what it is ordered by (``k``), which contacts
it tells of (``c``), its key (``i``), its version (``v``).
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from console.odata import filtering, limits, ordering, searching
from console.odata.binding import Row
from console.odata.edm import Collection, EntitySet, Navigation, Property
from console.odata.model import ENTITY_SETS
from console.odata.options import Expansion, Options
from console.odata.refusals import NameUnknown, NotSupported

META = "@"
COUNT = "@odata.count"


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """Which rows of those that fulfil a query: how many, after how many, or after which."""

    limit: int
    skip: int = 0
    after: Sequence[Any] | None = None


def rows(row: Row, options: Options, window: Window, *conditions: str) -> str:
    """The statement for a page of rows, each as the text of a JSON object."""
    return f"select row_to_json(page)::text as row from ({_page(row, options, window, conditions)}) as page"


def count(row: Row, options: Options, *conditions: str) -> str:
    """The statement for the number of rows."""
    return f"select count(*) from {row.source} where {_where(row, options, conditions)}"


def selected(entity: EntitySet, options: Options) -> list[Property | Collection]:
    """The properties that are shown; ``NameUnknown`` for a selected one that there is not."""
    shown: list[Property | Collection] = [*entity.properties, *entity.collections]
    if options.select is None:
        return shown
    for name in options.select:
        if name not in entity.by_name:
            raise NameUnknown(name, entity.type_name)
    return [each for each in shown if each.name in options.select]


def expanded(entity: EntitySet, expansion: Expansion) -> Navigation:
    """The navigation that is expanded."""
    found = entity.by_name.get(expansion.name)
    if not isinstance(found, Navigation):
        raise NameUnknown(f"navigation {expansion.name}", entity.type_name)
    given = {*expansion.options.raw} - {"$select", "$expand"}
    if not found.is_many and given:
        raise NotSupported(f"{min(given)} on {expansion.name}, which leads to one entity,")
    return found


def nested_limit(options: Options) -> int:
    """How many entities are shown within another."""
    return limits.NESTED_PAGE if options.top is None else min(options.top, limits.NESTED_PAGE)


def _page(row: Row, options: Options, window: Window, conditions: Sequence[str]) -> str:
    order = ordering.orderings(options.orderby or _progress(row.entity, options), row)
    columns = [f'{_shown(row, each)} as "{each.name}"' for each in selected(row.entity, options)]
    for expansion in options.expand:
        columns += _expansion(row, expansion)
    where = _where(row, options, conditions)
    if window.after is not None:
        where = f"{where} and {ordering.after(order, window.after, row)}"
    limit = row.binder.bind(window.limit, "bigint")
    offset = f" offset {row.binder.bind(window.skip, 'bigint')}" if window.skip else ""
    return (
        f"select {', '.join([*columns, _meta(row, order)])} from {row.source} where {where}"
        f" order by {', '.join(each.sql for each in order)} limit {limit}{offset}"
    )


def _progress(entity: EntitySet, options: Options) -> str:
    has_bound = (
        entity.progress
        and options.filter
        and filtering.has_lower_bound("$filter", options.filter, entity.progress)
    )
    return entity.progress if has_bound else ""


def _where(row: Row, options: Options, conditions: Sequence[str]) -> str:
    asked = [filtering.condition("$filter", options.filter, row)] if options.filter else []
    searched = [searching.condition(options.search, row)] if options.search else []
    return " and ".join([*conditions, *asked, *searched]) or "true"


def _meta(row: Row, order: Sequence[ordering.Ordering]) -> str:
    contacts = ", ".join(f"{row.alias}.{column}" for column in row.entity.contact_ids)
    version = f", 'v', {row.alias}.{row.entity.etag}" if row.entity.etag else ""
    key = ", ".join(row.value(each) for each in row.entity.keys)
    return (
        f"json_build_object('k', {ordering.values(order)}, 'c', json_build_array({contacts}),"
        f" 'i', json_build_array({key}){version}) as \"{META}\""
    )


def _shown(row: Row, prop: Property | Collection) -> str:
    if isinstance(prop, Property):
        return row.value(prop)
    c = row.binder.alias()
    origin = f"from {row.sql(prop.source, c)} where {row.sql(prop.condition, c)}"
    order = row.sql(prop.order, c)
    if prop.item is not None:
        return f"array(select {row.value(prop.item, c)} {origin} order by {order})"
    fields = ", ".join(f"'{each.name}', {row.value(each, c)}" for each in prop.fields)
    return f"(select coalesce(json_agg(json_build_object({fields}) order by {order}), '[]') {origin})"


def _expansion(row: Row, expansion: Expansion) -> list[str]:
    navigation, options = expanded(row.entity, expansion), expansion.options
    row.binder.spend(expansions=1)
    to = Row.of(ENTITY_SETS[navigation.target], row.binder)
    join = row.join(navigation, to)
    if not navigation.is_many:
        page = _page(to, options, Window(1), [join])
        return [f'(select row_to_json(one) from ({page}) as one) as "{navigation.name}"']
    window = Window(nested_limit(options) + 1, options.skip)
    page = _page(to, options, window, [join])
    columns = [
        f"(select coalesce(json_agg(row_to_json(many)), '[]') from ({page}) as many) as \"{navigation.name}\""
    ]
    if options.count:
        counted = Row.of(to.entity, row.binder)
        number = count(counted, options, row.join(navigation, counted))
        columns.append(f'({number}) as "{navigation.name}{COUNT}"')
    return columns
