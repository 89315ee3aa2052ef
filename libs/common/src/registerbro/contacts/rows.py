"""Contacts as rows, in the order of the columns that they are copied into."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, TypeAlias

from registerbro.contacts.deciding import Change
from registerbro.contacts.groups import RECORDS, before_image
from registerbro.contacts.layers import to_stored
from registerbro.contacts.names import sort_key
from registerbro.contacts.state import Contact, Reference, SourceState
from registerbro.contacts.targets import NameKey

Row: TypeAlias = tuple[Any, ...]

CONTACT_COLUMNS = (
    "contact_id", "name_code", "name1", "name2", "text", "position", "start_date", "end_date", "info", "dates",
    "protections", "sort_key", "hand_edited", "version", "name_type", "is_placeholder", "owner_id", "owner_role",
    "created_at", "updated_at", "first_stored_at", "first_register_date",
)  # fmt: skip
ADDRESS_COLUMNS = (
    "address_id", "contact_id", "address_type", "address1", "address2", "address3", "postcode", "post_district",
    "municipality", "country_code", "start_date", "end_date", "protection", "phone_no", "fax", "email",
    "changed_by_hand", "source",
)  # fmt: skip
REFERENCE_COLUMNS = (
    "contact_id", "role", "to_contact_id", "restrictor", "start_date", "end_date", "source",
)  # fmt: skip
SOURCE_COLUMNS = (
    "contact_id", "src_subscribed", "delivered_number", "is_full", "register_date", "register_channel",
    "register_task", "register_fetched", "last_delivered_at", "last_changed_at", "records", "digest", "scope_id",
    "older", "numbered_as_of", "subscription_as_of", "source", "subscribed",
)  # fmt: skip
VERSION_COLUMNS = (
    "contact_id", "version", "stored_at", "source", "register_date", "groups", "before", "records",
)  # fmt: skip


def contact_row(change: Change, now: dt.datetime) -> Row:
    """A row of ``contact`` after a change, as it is when it is new; of an old one the first times are left out."""
    contact, fields = change.after, change.after.fields
    is_first = change.before is None or change.before.version == 0
    name1, name2 = fields["name1"], fields["name2"]
    return (
        contact.contact_id,
        contact.name_code,
        name1,
        name2,
        fields["text"],
        fields["position"],
        fields["start_date"],
        fields["end_date"],
        contact.info,
        contact.dates,
        contact.protections,
        sort_key(name1, name2),
        sorted(contact.hand_edited),
        contact.version,
        contact.name_type,
        False,
        None,
        None,
        now,
        now,
        now if is_first else None,
        change.register_date if is_first else None,
    )


def placeholder(contact_id: int, name_type: str, number: str, now: dt.datetime) -> Row:
    """A row of ``contact`` that is known by its number only."""
    return (
        contact_id, number, "", "", "", "", None, None, {}, {}, [], "", [], 0, name_type, True, None, None, now, now,
        None, None,
    )  # fmt: skip


def person_without_number(key: NameKey, contact_id: int, name_type: str, now: dt.datetime) -> Row:
    """A row of ``contact`` that is known by its name and whose what it is."""
    owner_id, role, name = key
    return (
        contact_id, None, name, "", "", "", None, None, {}, {}, [], sort_key(name, ""), [], 1, name_type, False,
        owner_id, role, now, now, now, None,
    )  # fmt: skip


def source_record(contact_id: int, state: SourceState, source: str) -> Row:
    """A row of ``source_record``."""
    top = state.layers[0]
    time = top.rank.time
    numbered = state.numbering.as_of
    return (
        contact_id,
        state.subscription.is_subscribed,
        top.rank.number,
        top.rank.is_full,
        time.date,
        int(time.channel),
        time.task,
        time.fetched,
        state.last_delivered_at,
        state.last_changed_at,
        state.records,
        state.digest,
        top.scope.scope_id,
        to_stored(state.layers),
        None if numbered == time.key else numbered,
        state.subscription.as_of or None,
        source,
        state.subscribed,
    )


def version(change: Change, source: str, now: dt.datetime) -> Row | None:
    """A row of ``contact_version``: what the change took away. Nothing was there before the first version."""
    before = change.before
    if before is None or not change.groups or before.version == 0:
        return None
    had_records = before.source is not None and RECORDS in change.groups
    return (
        before.contact_id,
        before.version,
        now,
        source,
        change.register_date,
        list(change.groups),
        before_image(before, change.after, change.groups),
        before.source.records if had_records and before.source else None,
    )


def changed_references(before: Contact | None, after: Contact) -> Iterator[tuple[bool, Reference]]:
    """References to delete (False) and to write (True); a changed one is both."""
    old = before.references if before else {}
    if old == after.references:
        return
    for key, reference in old.items():
        if after.references.get(key) != reference:
            yield False, reference
    for key, reference in after.references.items():
        if old.get(key) != reference:
            yield True, reference
