"""Takes what a delivery speaks of into a contact's state: the rules of one contact, without I/O."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from registerbro.contacts import addressing, forms, industries
from registerbro.contacts.layers import Layer, Rank, Scope, newer_part, scope_of, with_layer
from registerbro.contacts.model import (
    PLACE_COLUMNS,
    SOURCE_CVR,
    STATUS_DATE_LABEL,
    MappedContact,
    MergePolicy,
    PartialDate,
    Protection,
)
from registerbro.contacts.state import Contact, Numbering, Reference, SourceState, Subscription

NOTHING_SAID = ""  # before every register time's key
_NEVER_SUBSCRIBED = Subscription(NOTHING_SAID, is_subscribed=False)
_DATE_COLUMNS = frozenset({"start_date", "end_date"})


def layer_of(mapped: MappedContact) -> Layer:
    """The delivery's place among others of the same contact."""
    rank = Rank(mapped.is_full, mapped.register_time, mapped.number)
    return Layer(rank, scope_of(mapped.delivers))


def numbering_of(mapped: MappedContact) -> Numbering:
    """What the delivery says of the current number: nothing, if it is a mere receipt."""
    return Numbering(mapped.register_time.key if mapped.delivers else NOTHING_SAID, mapped.stated_number)


def new_part(contact: Contact, layer: Layer) -> Scope | None:
    """What of the delivery is newer than what the contact has; None if nothing is."""
    return newer_part(contact.source.layers if contact.source else (), layer)


def take(
    contact: Contact,
    mapped: MappedContact,
    scope: Scope,
    references: Collection[Reference],
    policy: MergePolicy,
) -> None:
    """Gives the contact what ``scope`` names of the delivery; ``references`` are the delivered ones, resolved."""
    scope = _without_protected_edits(contact, scope, mapped.source, policy)
    info = {label: list(values) for label, values in mapped.info.items() if values}
    dates = {
        label: [stored_date(each) for each in values] for label, values in mapped.dates.items() if values
    }
    contact.fields = _fields(contact, mapped, scope)
    contact.info = _info(contact.info, scope, info)
    contact.dates = _labelled(contact.dates, scope.dates, dates)
    if scope.protections:
        contact.protections = stored_protections(mapped.protections)
    contact.addresses = _addresses(contact, mapped, scope)
    contact.references = _references(contact, references, scope, mapped.source, policy)
    if contact.hand_edited:
        contact.hand_edited -= scope.keys
        if scope.industries:
            contact.hand_edited -= industries.KEYS


def note(
    contact: Contact,
    mapped: MappedContact,
    layer: Layer,
    policy: MergePolicy,
    now: dt.datetime,
    *,
    is_newer: bool,
) -> bool:
    """Puts the delivery into the contact's source record, and tells whether there was anything new to note.

    Who is subscribed and which number is current have register times of their own: also a delivery whose data are older
    than the stored ones may be the newest to say so.
    """
    before = contact.source
    numbering = numbering_of(mapped)
    subscription = before.subscription if before else _NEVER_SUBSCRIBED
    says = True if mapped.subscribed is None and policy.marks_subscribed else mapped.subscribed
    if says is not None:
        as_of = mapped.subscription_time or mapped.register_time
        subscription = max(subscription, Subscription(as_of.key, says))
    if before is None:
        contact.source = SourceState(
            (layer,), numbering, subscription, None, mapped.records, mapped.digest, now, None
        )
        return True
    if not is_newer and numbering <= before.numbering and subscription == before.subscription:
        return False
    layers = with_layer(before.layers, layer) if is_newer else before.layers
    newest = mapped if is_newer and layers[0] is layer else before
    contact.source = SourceState(
        layers,
        max(before.numbering, numbering),
        subscription,
        before.subscribed,
        newest.records,
        newest.digest,
        now,
        before.last_changed_at,
    )
    return True


def stored_date(date: PartialDate) -> dict[str, Any]:
    """A partial date as ``contact.dates`` keeps it."""
    return {"value": date.value, "precision": date.precision, "uncertain": date.uncertain}


def stored_protections(protections: Collection[Protection]) -> list[dict[str, Any]]:
    """Protections as ``contact.protections`` keeps them, in an order of their own."""
    if not protections:
        return []
    rows = [(p.kind, p.start and p.start.isoformat(), p.end and p.end.isoformat()) for p in protections]
    return [
        {"kind": kind, "start": start, "end": end}
        for kind, start, end in sorted(rows, key=lambda row: tuple(map(str, row)))
    ]


def _without_protected_edits(contact: Contact, scope: Scope, source: str, policy: MergePolicy) -> Scope:
    """With ``ForceUpdate=N`` an address changed by hand stays; with CVR any field changed by hand does."""
    if policy.force_update:
        return scope
    by_hand = [each.address_type for each in contact.addresses if each.changed_by_hand]
    kept = {f"address:{address_type}" for address_type in by_hand}
    if source == SOURCE_CVR:
        kept |= contact.hand_edited | industries.kept(contact.hand_edited) | forms.kept(contact.hand_edited)
        kept |= {f"address:{address_type}.{column}" for address_type in by_hand for column in PLACE_COLUMNS}
        kept |= {f"reference:{each.role}" for each in contact.references.values() if each.source is None}
    return scope_of(scope.keys - kept) if kept else scope


def _fields(contact: Contact, mapped: MappedContact, scope: Scope) -> dict[str, Any]:
    given = mapped.fields
    fields = contact.fields.copy()
    for column in scope.columns:
        fields[column] = given.get(column) if column in _DATE_COLUMNS else given.get(column) or ""
    return fields


def _info(stored: dict[str, Any], scope: Scope, delivered: Mapping[str, Any]) -> dict[str, Any]:
    info = _labelled(stored, scope.info, delivered)
    if not forms.LABELS.isdisjoint(scope.info):
        info = forms.fitting(info, stored, delivered, scope.info)
    return industries.merged(info, delivered, scope.industries) if scope.industries else info


def _labelled(stored: dict[str, Any], scope: frozenset[str], delivered: Mapping[str, Any]) -> dict[str, Any]:
    if not stored.keys() <= scope:
        kept = {label: values for label, values in stored.items() if label not in scope}
        return kept | {label: values for label, values in delivered.items() if label in scope}
    if delivered.keys() <= scope:
        return dict(delivered)
    return {label: values for label, values in delivered.items() if label in scope}


def _addresses(contact: Contact, mapped: MappedContact, scope: Scope) -> tuple[Any, ...]:
    addresses = contact.addresses
    for address_type in scope.addresses:
        address = mapped.addresses.get(address_type)
        addresses = addressing.delivered(
            addresses,
            address_type,
            address,
            contact_id=contact.contact_id,
            source=mapped.source,
            ended_on=mapped.register_time.date if address else _ended_on(mapped),
        )
    for address_type, columns in scope.address_columns:
        address = mapped.addresses[address_type]
        addresses = addressing.delivered_in_part(
            addresses,
            address_type,
            address,
            columns,
            contact_id=contact.contact_id,
            source=mapped.source,
            ended_on=mapped.register_time.date if addressing.names_place(address) else _ceased_on(mapped),
        )
    return addresses


def _ceased_on(mapped: MappedContact) -> dt.date:
    """When a unit left its place for no other: the day on which it ceased, or the register's date."""
    ended = mapped.fields.get("end_date")
    return ended if isinstance(ended, dt.date) else mapped.register_time.date


def _ended_on(mapped: MappedContact) -> dt.date:
    """When a person without an address lost it: the date of the status that tells it, or the register's date."""
    status_dates = mapped.dates.get(STATUS_DATE_LABEL) or ()
    return next(filter(None, map(PartialDate.as_date, status_dates)), None) or mapped.register_time.date


def _references(
    contact: Contact, delivered: Collection[Reference], scope: Scope, source: str, policy: MergePolicy
) -> dict[tuple[str, int], Reference]:
    """Delivered roles are replaced as a whole, but for what came from elsewhere; CVR's with ``ForceUpdate=J`` also what hands set."""
    replaced = {source, None} if source == SOURCE_CVR and policy.force_update else {source}
    kept = {
        key: reference
        for key, reference in contact.references.items()
        if reference.role not in scope.roles or reference.source not in replaced
    }
    for reference in delivered:
        if reference.role in scope.roles and reference.to_contact_id != contact.contact_id:
            kept[reference.key] = reference
    return kept
