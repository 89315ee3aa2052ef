"""What clients sent: every command in order, so that tests can show what was asked and what never was."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple


class Command(NamedTuple):
    """A command as a client sent it; passwords are not kept."""

    user: str
    verb: str
    argument: str


class Ledger:
    """The commands of all sessions; may be read while the server runs."""

    def __init__(self) -> None:
        self._commands: list[Command] = []
        self._changed = threading.Condition()

    def note(self, user: str, verb: str, argument: str) -> None:
        """One more command."""
        with self._changed:
            self._commands.append(Command(user, verb, argument))
            self._changed.notify_all()

    @property
    def commands(self) -> tuple[Command, ...]:
        """Everything so far."""
        with self._changed:
            return tuple(self._commands)

    def wait_for(self, condition: Callable[[Sequence[Command]], bool], limit: timedelta) -> bool:
        """Wait until the commands fulfil a condition; False if they do not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._commands), limit.total_seconds())
