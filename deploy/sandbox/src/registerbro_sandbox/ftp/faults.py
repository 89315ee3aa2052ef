"""The switchboard: what the file server does wrong at the moment, for tests of whoever talks to it."""

import dataclasses
import enum
from collections.abc import Mapping


class Break(enum.Enum):
    """What happens to a transfer once it has come as far as it may."""

    ABORT = "abort"  # the data connection is closed, and the client told so (426)
    VANISH = "vanish"  # both connections are gone without a word
    STALL = "stall"  # nothing comes any more, and nothing is closed


@dataclasses.dataclass(slots=True)
class Faults:
    """What goes wrong; set the fields at any time, also while the server runs.

    ``refuse`` answers commands with a reply instead of doing them; ``vanish_at`` closes the connection at a command, and
    ``ignore`` never answers it. A transfer breaks after ``after_bytes``. ``times`` limits how often anything goes wrong.
    """

    refuse: Mapping[str, str] = dataclasses.field(default_factory=dict)
    vanish_at: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    transfer: Break | None = None
    after_bytes: int = 0
    times: int | None = None

    def none(self) -> None:
        """Everything works again."""
        self.refuse, self.vanish_at, self.ignore = {}, frozenset(), frozenset()
        self.transfer, self.after_bytes, self.times = None, 0, None

    def use(self) -> bool:
        """Whether something may go wrong once more; counts it."""
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


LOGIN_REFUSED: Mapping[str, str] = {"PASS": "530 Login incorrect."}
RENAME_REFUSED: Mapping[str, str] = {"RNTO": "553 Rename not allowed."}
DISK_FULL: Mapping[str, str] = {
    "STOR": "452 Insufficient storage space.",
    "RNTO": "452 Insufficient storage space.",
}
QUOTA_EXCEEDED: Mapping[str, str] = {"STOR": "552 Exceeded storage allocation."}
