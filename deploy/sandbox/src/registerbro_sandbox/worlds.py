"""What can be done with the persons of a directory: a day on which something happens, or only answers are delivered.

The command line and the control API do it through here, one at a time: what a day's files hold follows from the days before.
"""

import contextlib
import dataclasses
import datetime as dt
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.handover import HandedOver, Production, hand_over, waiting
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.persons.world import Change, Named, World

Choose: TypeAlias = Callable[[World, dt.date], tuple[Named, ...]]


class NothingWaits(Exception):
    """There is nothing to answer: no input file is due, and nothing was said by CPR Direkte."""


@dataclasses.dataclass(frozen=True, slots=True)
class Happened:
    """What a day brought, and what was named to happen on it."""

    change: Change
    handed: HandedOver


def change(
    directory: Path, choose: Choose, production: Production, *, day: dt.date | None = None, share: float = 0.0
) -> Happened:
    """Let something happen, today or on the first day that is free, and write the change file.

    ``choose`` says what, given the world and the day. Raises ``NoWorld``, ``AlreadyThere``, ``CannotHappen``, IndexError,
    ValueError, OSError; nothing has happened then.
    """
    with turn(directory) as chronicle:
        at = day or max(danish_day(), chronicle.tomorrow)
        happening = Change(at, choose(chronicle.world, at), share)
        return Happened(happening, hand_over(chronicle, happening, production))


def answer(directory: Path, production: Production, *, day: dt.date | None = None) -> Happened:
    """Deliver what customers ordered, and let nothing else happen. Raises ``NothingWaits``, and what ``change`` raises."""
    with turn(directory) as chronicle:
        at = day or max(danish_day(), chronicle.tomorrow)
        if not waiting(chronicle, at, production.inbox).files and not chronicle.said_online().statements:
            raise NothingWaits(
                f"{production.inbox}: no input file waits that is due by {at}, and nothing was said by CPR Direkte"
            )
        nothing = Change(at)
        return Happened(nothing, hand_over(chronicle, nothing, production))


@contextlib.contextmanager
def turn(directory: Path) -> Iterator[Chronicle]:
    """The world as it is, which nobody else changes before the block ends. Raises ``NoWorld``."""
    if not directory.is_dir():
        raise NoWorld(f"{directory}: no world is there; generate one first")
    place = os.open(directory, os.O_RDONLY)  # locked itself, so that no file of ours lies in it
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield Chronicle.read(directory)
    finally:
        os.close(place)
