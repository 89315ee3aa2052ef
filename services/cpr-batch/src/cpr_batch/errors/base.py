"""What every fault has in common, and how faults look from outside."""

from collections.abc import Mapping
from typing import Any

WAITS = 3  # somebody has to look at a file


class BatchError(Exception):
    """A fault with a name of its own; its text is one line and holds no personal data."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}
