"""Decides, from what is stored and what is delivered, what every contact of a chunk will be. Pure: no I/O, no clock."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from registerbro.contacts import delivering, joining
from registerbro.contacts.groups import changed_groups
from registerbro.contacts.model import (
    CURRENT_NUMBER_LABEL,
    MappedContact,
    MergePolicy,
    Outcome,
    RegisterTime,
    Result,
)
from registerbro.contacts.persons import NumberKey, Subject, own_numbers
from registerbro.contacts.state import MAIN, Contact, Numbering, SourceState
from registerbro.contacts.targets import NameKey, Targets


@dataclasses.dataclass(slots=True, repr=False)
class Change:
    """One contact before and after; ``before`` is None where it is new."""

    before: Contact | None
    after: Contact
    groups: tuple[str, ...] = ()
    register_date: dt.date | None = None
    is_import: bool = False  # created, or filled for the first time


@dataclasses.dataclass(slots=True, repr=False)
class Plan:
    """What a merge does with a chunk: a result for each delivery, and the changes that lead to it."""

    results: list[Result]
    changes: list[Change] = dataclasses.field(default_factory=list)
    absorbed: list[Change] = dataclasses.field(default_factory=list)  # contacts that become tombstones
    twins: list[tuple[int, int]] = dataclasses.field(
        default_factory=list
    )  # persons without number that become one
    new_numbers: dict[NumberKey, tuple[int, bool]] = dataclasses.field(
        default_factory=dict
    )  # whose, and current?
    moved_numbers: dict[NumberKey, tuple[int, bool]] = dataclasses.field(default_factory=dict)
    placeholders: dict[NumberKey, int] = dataclasses.field(default_factory=dict)
    unnumbered: dict[NameKey, tuple[int, str]] = dataclasses.field(default_factory=dict)


def refusal(mapped: MappedContact, source: SourceState | None, policy: MergePolicy) -> Outcome | None:
    """Why the merge leaves a delivery aside: every reason that there is stands here. None: it is merged."""
    if source is None:
        return None if policy.may_create and mapped.delivers else Outcome.NOT_IMPORTED
    must_be_subscribed = policy.requires_subscription and not policy.marks_subscribed
    if must_be_subscribed and not source.subscription.is_subscribed and mapped.subscribed is None:
        return Outcome.NOT_SUBSCRIBED
    return None


def decide(
    subjects: Sequence[Subject],
    contacts: Mapping[int, Contact],
    targets: Targets,
    policy: MergePolicy,
    now: dt.datetime,
) -> Plan:
    """The plan for a chunk. ``contacts`` holds every contact that the subjects name."""
    return _Decision(contacts, targets, policy, now).on(subjects)


class _Decision:
    def __init__(
        self, contacts: Mapping[int, Contact], targets: Targets, policy: MergePolicy, now: dt.datetime
    ) -> None:
        self._contacts = contacts
        self._targets = targets
        self._policy = policy
        self._now = now
        self._plan = Plan(results=[])

    def on(self, subjects: Sequence[Subject]) -> Plan:
        """First settles who every subject is, then merges: persons of one chunk refer to each other."""
        plan = self._plan
        plan.results = [_LEFT_ASIDE] * sum(len(subject.deliveries) for subject in subjects)
        settled = [(subject, self._settle(subject)) for subject in subjects]
        for subject, states in settled:
            if states is not None:
                before, contact = states
                self._merge(subject, before and self._redirected(before), self._redirected(contact))
        plan.placeholders = self._targets.placeholders
        plan.unnumbered = self._targets.unnumbered
        return plan

    def _settle(self, subject: Subject) -> tuple[Contact | None, Contact] | None:
        """The subject's contact as stored and as it will be known, data aside; None if it is left aside."""
        stored = [self._contacts[contact_id] for contact_id in subject.contact_ids]
        sources = [contact.source for contact in stored] or [None]
        refusals = {
            refusal(mapped, source, self._policy) for _, mapped in subject.deliveries for source in sources
        }
        if None not in refusals:
            reason = next(each for each in _REFUSALS if each in refusals)
            for index, _ in subject.deliveries:
                self._plan.results[index] = Result(reason, stored[0].contact_id if stored else None)
            return None
        if len(stored) > 1:
            return self._join(subject, stored)
        if stored:
            return stored[0], self._numbered(subject, stored[0])
        return None, self._numbered(subject, Contact(self._targets.new_id(), subject.name_type))

    def _join(self, subject: Subject, stored: list[Contact]) -> tuple[Contact, Contact]:
        survivor = contact = joining.survivor_of(stored, _current_number(subject, stored))
        for other in stored:
            if other is not survivor:
                contact = joining.joined(contact, other, self._now.date())
                self._plan.absorbed.append(Change(other, joining.emptied(other, survivor.contact_id)))
                self._plan.twins += self._targets.absorb(other.contact_id, survivor.contact_id)
        return survivor, self._numbered(subject, contact)

    def _numbered(self, subject: Subject, contact: Contact) -> Contact:
        mentioned = subject.mentioned()
        if mentioned == {contact.name_code} and not contact.former_numbers:
            return contact
        current = _current_number(subject, [contact])
        numbers = mentioned | contact.former_numbers | ({contact.name_code} if contact.name_code else set())
        former = frozenset(numbers - {current})
        if contact.name_code == current and contact.former_numbers == former:
            return contact
        for number in numbers:
            key = (subject.name_type, number)
            is_stored = self._targets.belongs_to(key, contact.contact_id)
            numbering = self._plan.moved_numbers if is_stored else self._plan.new_numbers
            numbering[key] = (contact.contact_id, number == current)
        return dataclasses.replace(contact, name_code=current, former_numbers=former)

    def _redirected(self, contact: Contact) -> Contact:
        """The contact with references to survivors in place of the tombstones of this chunk."""
        survivors = self._targets.survivors
        if not survivors or not any(target in survivors for _, target in contact.references):
            return contact
        references = (
            each._replace(to_contact_id=survivors.get(each.to_contact_id, each.to_contact_id))
            for each in contact.references.values()
        )
        return dataclasses.replace(contact, references={each.key: each for each in references})

    def _merge(self, subject: Subject, before: Contact | None, contact: Contact) -> None:
        is_import = contact.source is None
        last = before
        for index, mapped in sorted(subject.deliveries, key=_turn):
            contact, outcome = self._merge_one(contact, mapped)
            groups = changed_groups(last, contact) if last else ()
            if outcome is Outcome.FILLED and before is None:
                outcome = Outcome.CREATED
            if outcome is Outcome.NOT_NEWER and _ties(mapped, before):
                outcome = Outcome.LINKED
            if outcome is None:
                outcome = Outcome.UPDATED if groups else Outcome.UNCHANGED
            is_ending = last is not None and _is_ending(last, contact)
            self._plan.results[index] = Result(outcome, contact.contact_id, groups, is_ending)
            last = contact
        if contact is not before:
            self._change(subject, before, contact, is_import=is_import)

    def _merge_one(self, contact: Contact, mapped: MappedContact) -> tuple[Contact, Outcome | None]:
        """The contact after one delivery; no outcome where what has changed tells it."""
        reason = refusal(mapped, contact.source, self._policy)
        if reason is not None:
            return contact, reason
        layer = delivering.layer_of(mapped)
        part = delivering.new_part(contact, layer)
        noted = delivering.with_delivery_noted(
            contact, mapped, layer, self._policy, self._now, is_newer=part is not None
        )
        outcome = Outcome.FILLED if contact.source is None else None
        if part is None:
            outcome = Outcome.NOT_NEWER if noted is contact else outcome
        else:
            references = self._targets.resolved(contact.contact_id, mapped, part.roles)
            noted = delivering.take(noted, mapped, part, references, self._policy)
        return _with_number_shown(noted), outcome

    def _change(self, subject: Subject, before: Contact | None, after: Contact, *, is_import: bool) -> None:
        groups = changed_groups(before, after) if before else ()
        version = 1 if before is None else before.version + bool(groups)
        source = after.source
        if source and (groups or before is None):
            source = dataclasses.replace(source, last_changed_at=self._now)
        after = dataclasses.replace(after, version=version, is_placeholder=False, source=source)
        register_date = max(mapped.register_time.date for _, mapped in subject.deliveries)
        self._plan.changes.append(Change(before, after, groups, register_date, is_import))


_LEFT_ASIDE = Result(Outcome.NOT_IMPORTED, None)
_REFUSALS = (Outcome.ERASED, Outcome.NOT_SUBSCRIBED, Outcome.NOT_IMPORTED)  # the most telling first


def _turn(delivery: tuple[int, MappedContact]) -> tuple[bool, RegisterTime, str]:
    """Deliveries about a number in use first, so that those about former ones find what they link to."""
    mapped = delivery[1]
    return (not mapped.is_full, mapped.register_time, mapped.number)


def _current_number(subject: Subject, stored: Sequence[Contact]) -> str:
    """The number that was last said to be the current one."""
    said = [Numbering(mapped.register_time.key, mapped.stated_number) for _, mapped in subject.deliveries]
    return max([*said, *(contact.source.numbering for contact in stored if contact.source)]).number


def _ties(mapped: MappedContact, before: Contact | None) -> bool:
    """Whether the delivery tells of a number that the contact did not have."""
    known = {before.name_code, *before.former_numbers} if before else {mapped.stated_number}
    return not known.issuperset(own_numbers(mapped))


def _with_number_shown(contact: Contact) -> Contact:
    """The contact with its current number in the label that repeats it."""
    shown = contact.info.get(CURRENT_NUMBER_LABEL)
    if shown is None or contact.name_code is None or shown == [contact.name_code]:
        return contact
    return dataclasses.replace(contact, info=contact.info | {CURRENT_NUMBER_LABEL: [contact.name_code]})


def _is_ending(before: Contact, after: Contact) -> bool:
    had_name, has_name = (any(map(each.fields.get, ("name1", "name2"))) for each in (before, after))
    return (
        (before.fields["end_date"] is None and after.fields["end_date"] is not None)
        or (had_name and not has_name)
        or (before.address(MAIN) is not None and after.address(MAIN) is None)
    )
