"""Writes a plan: what is new by COPY, what has changed by one statement a table, all in the caller's transaction."""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence, Set
from typing import Any

from registerbro.bus import outbox
from registerbro.contacts import announcing, rows
from registerbro.contacts.deciding import Change, Plan
from registerbro.contacts.rows import Row
from registerbro.contacts.state import Address, Reference
from registerbro.contacts.statements import Statements
from registerbro.database import Connection

_SQL = Statements("write.sql")


class Overtaken(Exception):
    """Somebody else stored or merged one of the contacts in the meantime: the chunk has to be read again."""


async def new_contact_ids(connection: Connection, count: int) -> list[int]:
    """Ids for contacts to be stored."""
    return [row[0] for row in await _SQL.rows(connection, "new_contact_ids", count=count)] if count else []


async def write(connection: Connection, plan: Plan, source: str, now: dt.datetime) -> None:
    """Writes the plan and its events. Raises ``Overtaken``."""
    await _reserve_numbers(connection, plan)
    await _merge_contacts(connection, plan, now)
    await _write_contacts(connection, plan, now)
    await write_changes(connection, plan.changes, source, now, new_ids=plan.new_contact_ids())
    await _write_history(connection, plan.absorbed, source, now)
    await outbox.add(connection, _events(plan, source, now))


async def write_changes(
    connection: Connection,
    changes: Sequence[Change],
    source: str,
    now: dt.datetime,
    *,
    new_ids: Set[int] = frozenset(),
) -> None:
    """Writes what changed in and around contacts whose rows are there; nobody else knows those in ``new_ids`` yet."""
    await _update_contacts(connection, changes, now)
    await _write_addresses(connection, changes)
    await _write_references(connection, changes, new_ids)
    await _write_history(connection, changes, source, now)
    await _write_sources(connection, changes, source)


async def _reserve_numbers(connection: Connection, plan: Plan) -> None:
    new = [(*key, contact_id, is_current) for key, (contact_id, is_current) in plan.new_numbers.items()]
    new += [(*key, contact_id, True) for key, contact_id in plan.placeholders.items()]
    if new:
        names = ("name_types", "numbers", "contact_ids", "are_current")
        made = await _SQL.rows(connection, "reserve_numbers", **_columns(names, new))
        if len(made) < len(new):
            raise Overtaken
    if plan.moved_numbers:
        moved = [(*key, *value) for key, value in plan.moved_numbers.items()]
        names = ("name_types", "numbers", "contact_ids", "are_current")
        await _SQL.run(connection, "set_numbers", **_columns(names, moved))


async def _merge_contacts(connection: Connection, plan: Plan, now: dt.datetime) -> None:
    if not plan.absorbed:
        return
    tombstones = [each.after.contact_id for each in plan.absorbed]
    survivors = [each.after.merged_into for each in plan.absorbed]
    versions = [each.after.version for each in plan.absorbed]
    twins, kept = ([pair[place] for pair in plan.twins] for place in (0, 1))
    await _SQL.run(connection, "lock_tombstones", ids=sorted(tombstones + twins))
    await _SQL.run(connection, "move_references", tombstones=tombstones + twins, survivors=survivors + kept)
    await _SQL.run(connection, "move_cases", tombstones=tombstones, survivors=survivors)
    await _SQL.run(connection, "merge_unnumbered", twins=twins, survivors=kept, now=now)
    await _SQL.run(connection, "move_unnumbered", tombstones=tombstones, survivors=survivors)
    await _SQL.run(connection, "delete_source_records", ids=tombstones)
    await _SQL.run(
        connection, "make_tombstones", tombstones=tombstones, survivors=survivors, versions=versions, now=now
    )
    gone = [address.address_id for each in plan.absorbed if each.before for address in each.before.addresses]
    await _SQL.run(connection, "delete_addresses", ids=gone)
    await _delete_references(
        connection,
        [reference for each in plan.absorbed if each.before for reference in each.before.references.values()],
    )


async def _write_contacts(connection: Connection, plan: Plan, now: dt.datetime) -> None:
    new = [rows.contact_row(each, now) for each in plan.changes if each.before is None]
    new += [
        rows.placeholder(contact_id, name_type, number, now)
        for (name_type, number), contact_id in plan.placeholders.items()
    ]
    new += [
        rows.person_without_number(key, contact_id, name_type, now)
        for key, (contact_id, name_type) in plan.unnumbered.items()
    ]
    await _copy(connection, "contact", rows.CONTACT_COLUMNS, new)


async def _update_contacts(connection: Connection, changes: Sequence[Change], now: dt.datetime) -> None:
    changed = [rows.contact_row(each, now) for each in changes if each.before and each.groups]
    if changed:
        await _SQL.run(connection, "prepare_changed_contacts")
        await _copy(connection, "changed_contact", rows.CONTACT_COLUMNS, changed)
        await _SQL.run(connection, "update_contacts", now=now)


async def _write_addresses(connection: Connection, changes: Sequence[Change]) -> None:
    await _number_addresses(connection, changes)
    gone: list[int | None] = []
    changed: list[Address] = []
    new: list[Address] = []
    for change in changes:
        if change.before is None:
            new += change.after.addresses
        elif change.before.addresses is not change.after.addresses:
            old = {each.address_id: each for each in change.before.addresses}
            for address in change.after.addresses:
                stored = old.pop(address.address_id, None)
                if stored is None:
                    new.append(address)
                elif stored is not address:
                    changed.append(address)
            gone += old
    if gone:
        await _SQL.run(connection, "delete_addresses", ids=gone)
    if changed:
        await _SQL.run(connection, "prepare_changed_addresses")
        await _copy(connection, "changed_address", rows.ADDRESS_COLUMNS, changed)
        await _SQL.run(connection, "update_addresses")
    await _copy(connection, "address", rows.ADDRESS_COLUMNS, new)


async def _number_addresses(connection: Connection, changes: Sequence[Change]) -> None:
    count = sum(each.address_id is None for change in changes for each in change.after.addresses)
    if not count:
        return
    ids = iter([row[0] for row in await _SQL.rows(connection, "new_address_ids", count=count)])
    for change in changes:
        if any(each.address_id is None for each in change.after.addresses):
            change.after.addresses = tuple(
                each._replace(address_id=next(ids)) if each.address_id is None else each
                for each in change.after.addresses
            )


async def _write_references(connection: Connection, changes: Sequence[Change], new_ids: Set[int]) -> None:
    gone: list[Reference] = []
    new: list[Reference] = []
    for change in changes:
        for is_new, reference in rows.changed_references(change.before, change.after):
            (new if is_new else gone).append(reference)
    await _delete_references(connection, gone)
    await _hold_targets(connection, {each.to_contact_id for each in new if each.to_contact_id not in new_ids})
    await _copy(connection, "contact_reference", rows.REFERENCE_COLUMNS, new)


async def _hold_targets(connection: Connection, ids: set[int]) -> None:
    """Makes sure that no contact about to be referred to has become a tombstone, or does before the end."""
    if ids:
        for _, merged_into in await _SQL.rows(connection, "lock_targets", ids=sorted(ids)):
            if merged_into is not None:
                raise Overtaken


async def _delete_references(connection: Connection, references: Iterable[Reference]) -> None:
    keys = [each[:3] for each in references]
    if keys:
        names = ("contact_ids", "roles", "to_contact_ids")
        await _SQL.run(connection, "delete_references", **_columns(names, keys))


async def _write_history(
    connection: Connection, changes: Iterable[Change], source: str, now: dt.datetime
) -> None:
    images = (rows.version(change, source, now) for change in changes)
    await _copy(connection, "contact_version", rows.VERSION_COLUMNS, [row for row in images if row])


async def _write_sources(connection: Connection, changes: Sequence[Change], source: str) -> None:
    new: list[Row] = []
    updated: list[Row] = []
    scopes: dict[int, frozenset[str]] = {}
    for change in changes:
        state = change.after.source
        before = change.before.source if change.before else None
        if state is None or state is before:
            continue
        row = rows.source_record(change.after.contact_id, state, source)
        (new if before is None else updated).append(row)
        scopes[state.layers[0].scope.scope_id] = state.layers[0].scope.keys
    if scopes:
        keys = ["\n".join(sorted(scope)) for scope in scopes.values()]
        await _SQL.run(connection, "add_scopes", ids=list(scopes), keys=keys)
    if updated:
        await _SQL.run(connection, "prepare_changed_source_records")
        await _copy(connection, "changed_source_record", rows.SOURCE_COLUMNS, updated)
        await _SQL.run(connection, "update_source_records")
    await _copy(connection, "source_record", rows.SOURCE_COLUMNS, new)


def _events(plan: Plan, source: str, now: dt.datetime) -> Iterable[Any]:
    versions = {change.after.contact_id: change.after.version for change in plan.changes}
    merged = (
        announcing.merged_event(each, versions.get(each.after.merged_into or 0, 1), now)
        for each in plan.absorbed
    )
    changed = (announcing.events(change, source, now) for change in plan.changes)
    return itertools.chain(filter(None, merged), itertools.chain.from_iterable(changed))


def _columns(names: Sequence[str], values: Sequence[Row]) -> dict[str, Any]:
    """Rows as the arrays that ``unnest`` takes."""
    return dict(zip(names, zip(*values, strict=True), strict=True))


async def _copy(connection: Connection, table: str, columns: Sequence[str], new: Sequence[Row]) -> None:
    if new:
        await connection.copy_records_to_table(table, records=new, columns=columns)
