"""A production day with all that CPR does on it: changes, answers to input files, deliveries that get lost or are split."""

import contextlib
import dataclasses
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from registerbro_sandbox.orders import Answers, answer, unanswered
from registerbro_sandbox.persons.chronicle import Chronicle, refuse_to_overwrite
from registerbro_sandbox.persons.delivery import Delivered, Delivery, Layout, Written, write
from registerbro_sandbox.persons.person import Person, Row
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


def hand_over(chronicle: Chronicle, change: Change, production: Production) -> HandedOver:
    """Let a change happen, answer the input files that are due, write the files and remember it all."""
    chronicle.refuse_the_past(change)
    answers = waiting(chronicle, change.day, production.inbox)
    subscription, others = _deliveries(chronicle, change.day, production, answers)
    for delivery in (*subscription, *others):
        refuse_to_overwrite(chronicle.directory, delivery)
    with _target(chronicle.directory, is_lost=production.is_lost) as directory:
        written = _write(chronicle, change, answers, subscription, directory)
        for delivery in others:
            persons = _ordered(chronicle.world, answers, delivery.task)
            written.append(write(directory, delivery, persons))
    chronicle.remember(
        change,
        until=subscription[-1].produced.isoformat(),
        lost=production.is_lost,
        answered=answers.files,
        subscribed=answers.subscribed,
        unsubscribed=answers.unsubscribed,
        tasks={delivery.task: change.day.isoformat() for delivery in others},
    )
    return HandedOver(tuple(written), answers)


def waiting(chronicle: Chronicle, day: dt.date, inbox: Path | None) -> Answers:
    """The answers to the input files that are due."""
    files = unanswered(inbox, day, chronicle.answered) if inbox else []

    def is_known(number: str) -> bool:
        return _find(chronicle.world, number) is not None

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


def _write(
    chronicle: Chronicle, change: Change, answers: Answers, deliveries: list[Delivery], directory: Path
) -> list[Written]:
    gone = chronicle.unsubscribed.union(answers.unsubscribed).difference(answers.subscribed)
    happened = _merged(chronicle.world, change, dict(answers.ordered.get(chronicle.task, {})), gone)
    if len(deliveries) == 1:
        return [write(directory, deliveries[0], happened, answers.records)]
    persons = list(happened)
    shares = [persons[number :: len(deliveries)] for number in range(len(deliveries))]
    first = [answers.records, *([()] * len(deliveries))]
    return [write(directory, d, share, r) for d, share, r in zip(deliveries, shares, first, strict=False)]


def _merged(
    world: World, change: Change, ordered: dict[str, list[Row]], gone: frozenset[str]
) -> Iterator[Delivered]:
    """Everybody touched and still subscribed, and everybody ordered; each once, with all their events."""
    for person, events in world.deliver(change):
        wanted = ordered.pop(person.number, None)
        if wanted is not None or person.number not in gone:
            yield Delivered(person, (*events, *(wanted or ())))
    for number, wanted in ordered.items():
        if person_now := _find(world, number):
            yield Delivered(person_now, tuple(wanted))


def _ordered(world: World, answers: Answers, task: str) -> Iterator[Delivered]:
    for number, events in answers.ordered[task].items():
        if person := _find(world, number):
            yield Delivered(person, tuple(events))


def _find(world: World, number: str) -> Person | None:
    try:
        return world.find(number)
    except ValueError:  # digits that no number of the world's can have
        return None


@contextlib.contextmanager
def _target(directory: Path, *, is_lost: bool) -> Iterator[Path]:
    """Where files are written: the server's directory, or nowhere that stays."""
    if not is_lost:
        yield directory
        return
    with tempfile.TemporaryDirectory() as nowhere:
        yield Path(nowhere)
