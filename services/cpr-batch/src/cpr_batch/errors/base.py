"""What every fault has in common, and how faults look from outside."""

import dataclasses
from collections.abc import Mapping
from typing import Any

FAILED = 1
BAD_USE = 2
WAITS = 3  # somebody has to look at a file


class BatchError(Exception):
    """A fault with a name of its own; its text is one line and holds no personal data."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


@dataclasses.dataclass(frozen=True, slots=True)
class Presentation:
    """How an error looks from outside: problem type and title, HTTP status, exit code of the command."""

    slug: str
    status: int
    title: str
    exit_code: int = FAILED
