"""Decides, from what is stored and what is delivered, what every contact of a chunk will be. Pure: no I/O, no clock."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from registerbro.contacts import delivering, joining
from registerbro.contacts.groups import RECORDS, changed_groups
from registerbro.contacts.model import (
    CURRENT_NUMBER_LABEL,
    SOURCE_CVR,
    MappedContact,
    MergePolicy,
    Outcome,
    RegisterTime,
    Result,
)
from registerbro.contacts.persons import NumberKey, Subject, own_numbers
from registerbro.contacts.state import MAIN, Contact
from registerbro.contacts.targets import NameKey, Targets
from registerbro.contacts.tombstones import Tombstones


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
    erased: dict[NumberKey, int] = dataclasses.field(
        default_factory=dict
    )  # further numbers of erased persons, and who they were

    def new_contact_ids(self) -> set[int]:
        """The contacts that the plan makes."""
        made = {change.after.contact_id for change in self.changes if change.before is None}
        named = {contact_id for contact_id, _ in self.unnumbered.values()}
        return made | named | set(self.placeholders.values())


def refusal(mapped: MappedContact, contact: Contact | None, policy: MergePolicy) -> Outcome | None:
    """Why the merge leaves a delivery aside, but for erased persons, who are left aside whole. None: it is merged."""
    source = contact.source if contact else None
    if source is None:
        may_fill = policy.may_create or (policy.may_adopt and contact is not None and _is_by_hand(contact))
        return None if may_fill and mapped.delivers else Outcome.NOT_IMPORTED
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
    erased: Tombstones | None = None,
) -> Plan:
    """The plan for a chunk. ``contacts`` holds every contact that the subjects name, ``erased`` who must not come back."""
    return _Decision(contacts, targets, policy, now, erased or {}).on(subjects)


class _Decision:
    def __init__(
        self,
        contacts: Mapping[int, Contact],
        targets: Targets,
        policy: MergePolicy,
        now: dt.datetime,
        erased: Tombstones,
    ) -> None:
        self._contacts = contacts
        self._erased = erased
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
        if self._erased and self._is_erased(subject):
            return None
        refusals = [
            refusal(mapped, contact, self._policy)
            for _, mapped in subject.deliveries
            for contact in stored or (None,)
        ]
        if None not in refusals:
            self._refuse(subject, next(each for each in _REFUSALS if each in refusals))
            return None
        if len(stored) > 1:
            return self._join(subject, stored)
        before = stored[0] if stored else None
        contact = before.copy() if before else Contact(self._targets.new_id(), subject.name_type)
        self._number(subject, contact)
        return before, contact

    def _refuse(self, subject: Subject, reason: Outcome) -> None:
        contact_id = subject.contact_ids[0] if subject.contact_ids else None
        for index, _ in subject.deliveries:
            self._plan.results[index] = Result(reason, contact_id)

    def _is_erased(self, subject: Subject) -> bool:
        """Leaves an erased person aside, with all further numbers that the register gives the same person."""
        keys = {(subject.name_type, number) for number in subject.mentioned()}
        known = keys & self._erased.keys()
        if known:
            self._refuse(subject, Outcome.ERASED)
        if known and not subject.contact_ids:
            self._plan.erased |= dict.fromkeys(keys - known, self._erased[min(known)])
        return bool(known)

    def _join(self, subject: Subject, stored: list[Contact]) -> tuple[Contact, Contact]:
        survivor = joining.survivor_of(stored, _current_number(subject, *stored))
        contact = survivor.copy()
        for other in stored:
            if other is not survivor:
                contact = joining.joined(contact, other, self._now.date())
                tombstone = joining.emptied(other, survivor.contact_id)
                self._plan.absorbed.append(Change(other, tombstone, changed_groups(other, tombstone)))
                self._plan.twins += self._targets.absorb(other.contact_id, survivor.contact_id)
        self._number(subject, contact, is_joined=True)
        return survivor, contact

    def _number(self, subject: Subject, contact: Contact, *, is_joined: bool = False) -> None:
        mentioned = subject.mentioned()
        if mentioned == {contact.name_code} and not contact.former_numbers:
            return
        current = _current_number(subject, contact)
        had = contact.former_numbers | ({contact.name_code} if contact.name_code else frozenset())
        numbers = mentioned | had
        former = frozenset(numbers - {current})
        if not is_joined and contact.name_code == current and contact.former_numbers == former:
            return
        for number in numbers:
            key = (subject.name_type, number)
            is_stored = self._targets.belongs_to(key, contact.contact_id) or number in had
            numbering = self._plan.moved_numbers if is_stored else self._plan.new_numbers
            numbering[key] = (contact.contact_id, number == current)
        contact.name_code, contact.former_numbers = current, former

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
        has_one = len(subject.deliveries) == 1
        last, is_changed = before, False
        groups: tuple[str, ...] = ()
        for index, mapped in subject.deliveries if has_one else sorted(subject.deliveries, key=_turn):
            outcome = self._merge_one(contact, mapped)
            _show_number(contact)
            is_changed = is_changed or outcome is None or outcome is Outcome.FILLED
            groups = _changed(last, contact, mapped.source) if last else ()
            if outcome is Outcome.FILLED and before is None:
                outcome = Outcome.CREATED
            if outcome is Outcome.NOT_NEWER and _ties(mapped, before):
                outcome = Outcome.LINKED
            if outcome is None:
                outcome = Outcome.UPDATED if groups else Outcome.UNCHANGED
            is_ending = bool(groups) and last is not None and _is_ending(last, contact)
            self._plan.results[index] = Result(outcome, contact.contact_id, groups, is_ending)
            if not has_one:
                last = contact.copy()
        if before and not has_one:
            groups = _changed(before, contact, subject.deliveries[0][1].source)
        if is_changed or groups:
            self._change(subject, Change(before, contact, groups, is_import=is_import))

    def _merge_one(self, contact: Contact, mapped: MappedContact) -> Outcome | None:
        """Merges one delivery; no outcome where what has changed tells it."""
        reason = refusal(mapped, contact, self._policy)
        if reason is not None:
            return reason
        is_first = contact.source is None
        layer = delivering.layer_of(mapped)
        part = delivering.new_part(contact, layer)
        is_noted = delivering.note(contact, mapped, layer, self._policy, self._now, is_newer=part is not None)
        if part is not None:
            references = self._targets.resolved(contact.contact_id, mapped, part.roles)
            delivering.take(contact, mapped, part, references, self._policy)
        if is_first:
            return Outcome.FILLED
        return None if is_noted else Outcome.NOT_NEWER

    def _change(self, subject: Subject, change: Change) -> None:
        before, after = change.before, change.after
        after.is_placeholder = False
        if before is None:
            after.version = 1
        elif change.groups:
            after.version = before.version + 1
        if after.source and (change.groups or before is None):
            if before and after.source is before.source:
                after.source = dataclasses.replace(after.source)
            after.source.last_changed_at = self._now
        change.register_date = max(mapped.register_time.date for _, mapped in subject.deliveries)
        self._plan.changes.append(change)


def _changed(before: Contact, after: Contact, source: str) -> tuple[str, ...]:
    """The groups that changed. CVR's providers word one thing in many ways: an answer alone, with equal content, is no change."""
    groups = changed_groups(before, after)
    if groups == (RECORDS,) and source == SOURCE_CVR and before.source and after.source:
        after.source = dataclasses.replace(after.source, digest=before.source.digest)
        return ()
    return groups


def _is_by_hand(contact: Contact) -> bool:
    """Of contacts that no register delivered: whether there is more of it than a number."""
    return contact.version > 0 and not contact.is_placeholder


_LEFT_ASIDE = Result(Outcome.NOT_IMPORTED, None)
_REFUSALS = (Outcome.NOT_SUBSCRIBED, Outcome.NOT_IMPORTED)  # the most telling first


def _turn(delivery: tuple[int, MappedContact]) -> tuple[bool, RegisterTime, str]:
    """Deliveries about a number in use first, so that those about former ones find what they link to."""
    mapped = delivery[1]
    return (not mapped.is_full, mapped.register_time, mapped.number)


def _current_number(subject: Subject, *stored: Contact) -> str:
    """The number that was last said to be the current one."""
    said = [delivering.numbering_of(mapped) for _, mapped in subject.deliveries]
    return max([*said, *(contact.source.numbering for contact in stored if contact.source)]).number


def _ties(mapped: MappedContact, before: Contact | None) -> bool:
    """Whether the delivery tells of a number that the contact did not have."""
    known = {before.name_code, *before.former_numbers} if before else {mapped.stated_number}
    return not known.issuperset(own_numbers(mapped))


def _show_number(contact: Contact) -> None:
    """Puts the current number into the label that repeats it."""
    shown = contact.info.get(CURRENT_NUMBER_LABEL)
    if shown is not None and contact.name_code is not None and shown != [contact.name_code]:
        contact.info = contact.info | {CURRENT_NUMBER_LABEL: [contact.name_code]}


def _is_ending(before: Contact, after: Contact) -> bool:
    if before.is_placeholder:  # it has nothing to lose
        return False
    had_name, has_name = (any(map(each.fields.get, ("name1", "name2"))) for each in (before, after))
    return (
        (before.fields["end_date"] is None and after.fields["end_date"] is not None)
        or (had_name and not has_name)
        or (_has_home(before) and not _has_home(after))
    )


def _has_home(contact: Contact) -> bool:
    main = contact.address(MAIN)
    return main is not None and main.is_home
