"""The switchboard: what the file servers do wrong at the moment, for tests of whoever talks to them."""

import dataclasses
import enum
from collections.abc import Mapping
from typing import NamedTuple

HEALTH_CHECK = "registerbro-health"
"""What a health check calls itself: nothing goes wrong for it, so that it uses no fault up that somebody else waits for."""


class Break(enum.Enum):
    """What happens to a transfer once it has come as far as it may."""

    ABORT = "abort"  # the data connection is closed, and the client told so (426)
    VANISH = "vanish"  # both connections are gone without a word
    STALL = "stall"  # nothing comes any more, and nothing is closed


class Pace(NamedTuple):
    """How slowly a file is sent."""

    first_byte_seconds: float = 0.0
    bytes_per_second: int | None = None

    @property
    def piece(self) -> int | None:
        """The most bytes to send at once, so that they come evenly; None for any number."""
        return max(1, self.bytes_per_second // 10) if self.bytes_per_second else None

    def rest(self, sent: int) -> float:
        """Seconds to wait after so many bytes."""
        return sent / self.bytes_per_second if self.bytes_per_second else 0.0


@dataclasses.dataclass(slots=True)
class Faults:
    """What goes wrong; set the fields at any time, also while the server runs.

    ``refuse`` answers commands with a reply instead of doing them; ``vanish_at`` closes the connection at a command, and
    ``ignore`` never answers it. A transfer breaks after ``after_bytes``; it comes at ``bytes_per_second``, and its first
    byte ``first_byte_seconds`` late. ``times`` limits how often anything goes wrong; a slow transfer counts as one time.
    """

    refuse: Mapping[str, str] = dataclasses.field(default_factory=dict)
    vanish_at: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    transfer: Break | None = None
    after_bytes: int = 0
    bytes_per_second: int | None = None
    first_byte_seconds: float = 0.0
    times: int | None = None

    def none(self) -> None:
        """Everything works again."""
        self.take(Faults())

    def take(self, other: "Faults") -> None:
        """Do wrong what another switchboard says."""
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(other, field.name))

    def use(self) -> bool:
        """Whether something may go wrong once more; counts it."""
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    def pace(self) -> Pace:
        """How slowly a transfer that begins now is sent; one that is to break counts when it does."""
        is_slow = self.first_byte_seconds > 0 or self.bytes_per_second is not None
        if not is_slow or (self.transfer is None and not self.use()):
            return Pace()
        return Pace(self.first_byte_seconds, self.bytes_per_second)


LOGIN_REFUSED: Mapping[str, str] = {"PASS": "530 Login incorrect."}
LISTING_REFUSED: Mapping[str, str] = {
    "LIST": "502 Command not implemented.",
    "MLSD": "502 Command not implemented.",
}
RENAME_REFUSED: Mapping[str, str] = {"RNTO": "553 Rename not allowed."}
DISK_FULL: Mapping[str, str] = {
    "STOR": "452 Insufficient storage space.",
    "RNTO": "452 Insufficient storage space.",
}
QUOTA_EXCEEDED: Mapping[str, str] = {"STOR": "552 Exceeded storage allocation."}
