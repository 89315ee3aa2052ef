"""A production day with all that CPR does on it: changes, answers to input files, what was said online, lost and split deliveries."""

import contextlib
import dataclasses
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from registerbro_sandbox.orders import Answers, answer, unanswered
from registerbro_sandbox.persons.chronicle import Chronicle, outcome, refuse_to_overwrite
from registerbro_sandbox.persons.delivery import Delivered, Delivery, Layout, Written, write
from registerbro_sandbox.persons.due import due, find, newly_subscribed
from registerbro_sandbox.persons.online import Said
from registerbro_sandbox.persons.world import Change, World


@dataclasses.dataclass(frozen=True, slots=True)
class Production:
    """How a day's delivery is handed over."""

    layout: Layout
    inbox: Path | None = None  # where input files lie; None: nobody uploads any
    files: int = 1  # over how many files, of consecutive days, the persons are spread
    is_lost: bool = False  # the files never reach the server


@dataclasses.dataclass(frozen=True, slots=True)
class HandedOver:
    """What a day brought."""

    written: tuple[Written, ...]
    answers: Answers
    online: Said


def hand_over(chronicle: Chronicle, change: Change, production: Production) -> HandedOver:
    """Let a change happen, answer the input files that are due, write the files and remember it all.

    What customers said by CPR Direkte counts first, for input files are run in the night before the delivery.
    """
    chronicle.refuse_the_past(change)
    online = chronicle.said_online()
    answers = waiting(chronicle, change.day, production.inbox)
    subscription, others = _deliveries(chronicle, change.day, production, answers)
    for delivery in (*subscription, *others):
        refuse_to_overwrite(chronicle.directory, delivery)
    with _target(chronicle.directory, is_lost=production.is_lost) as directory:
        persons = _due(chronicle, change, answers, online)
        written = _write(persons, answers.records, subscription, directory)
        for delivery in others:
            written.append(write(directory, delivery, _ordered(chronicle.world, answers, delivery.task)))
    chronicle.remember(
        change,
        until=subscription[-1].produced.isoformat(),
        lost=production.is_lost,
        answered=answers.files,
        tasks={delivery.task: change.day.isoformat() for delivery in others},
        online=online.end,
        **outcome([*online.statements, *answers.statements]),
    )
    return HandedOver(tuple(written), answers, online)


def waiting(chronicle: Chronicle, day: dt.date, inbox: Path | None) -> Answers:
    """The answers to the input files that are due."""
    files = unanswered(inbox, day, chronicle.answered) if inbox else []

    def is_known(number: str) -> bool:
        return find(chronicle.world, number) is not None

    return answer(files, chronicle.task, day, is_known)


def _deliveries(
    chronicle: Chronicle, day: dt.date, production: Production, answers: Answers
) -> tuple[list[Delivery], list[Delivery]]:
    """The subscription's files, and one for each other task that was asked for something."""
    days = [day + dt.timedelta(days=number) for number in range(production.files)]
    previous = [chronicle.produced, *days]
    subscription = [
        Delivery(produced, before, chronicle.task, production.layout)
        for produced, before in zip(days, previous, strict=False)
    ]
    others = [
        Delivery(day, chronicle.tasks.get(task), task, production.layout)
        for task in sorted(answers.ordered)
        if task != chronicle.task
    ]
    return subscription, others


def _due(chronicle: Chronicle, change: Change, answers: Answers, online: Said) -> Iterator[Delivered]:
    """Everybody whom the subscription's files hold."""
    subscriptions = chronicle.subscriptions.after([*online.statements, *answers.statements])
    ordered = newly_subscribed(online.statements, subscriptions, change.day)
    for number, events in answers.ordered.get(chronicle.task, {}).items():
        ordered[number] = [*ordered.get(number, ()), *events]
    return due(chronicle.world, change, subscriptions, ordered)


def _write(
    happened: Iterator[Delivered], records: list[str], deliveries: list[Delivery], directory: Path
) -> list[Written]:
    if len(deliveries) == 1:
        return [write(directory, deliveries[0], happened, records)]
    persons = list(happened)
    shares = [persons[number :: len(deliveries)] for number in range(len(deliveries))]
    first = [records, *([()] * len(deliveries))]
    return [write(directory, d, share, r) for d, share, r in zip(deliveries, shares, first, strict=False)]


def _ordered(world: World, answers: Answers, task: str) -> Iterator[Delivered]:
    for number, events in answers.ordered[task].items():
        if person := find(world, number):
            yield Delivered(person, tuple(events))


@contextlib.contextmanager
def _target(directory: Path, *, is_lost: bool) -> Iterator[Path]:
    """Where files are written: the server's directory, or nowhere that stays."""
    if not is_lost:
        yield directory
        return
    with tempfile.TemporaryDirectory() as nowhere:
        yield Path(nowhere)
