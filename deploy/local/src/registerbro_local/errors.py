"""What local mode says when it cannot go on.

LocalError
├── PortTaken     another program, or another Registerbro, listens there
├── NotInstalled  no installation is in the directory
├── NoSuchScope   a token was asked for with a scope that there is not
└── DemoFailed    what the demo shows is not what must come of it
"""

from collections.abc import Iterable
from pathlib import Path

from registerbro.auth import Scope


class LocalError(Exception):
    """Why local mode cannot run, in a sentence for a person."""


class PortTaken(LocalError):
    """Something listens on the port already."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is taken by another program. Choose another base with --port: "
            "CPR Direkte listens one above it, CPR Batch two above."
        )


class NotInstalled(LocalError):
    """There is nothing in the directory yet."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"There is no installation in {directory}. Start one with `registerbro-local run`.")


class NoSuchScope(LocalError):
    """Scopes that no route asks for."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"No such scope: {', '.join(names)}. There are: {', '.join(Scope)}.")


class DemoFailed(LocalError):
    """Something is not as it must be."""
