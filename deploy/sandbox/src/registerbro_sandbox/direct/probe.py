"""How a health check makes itself known: by the port that it will come from, in the sandbox's own directory.

So the server knows it before the first byte, spares it every fault, and counts nothing; nobody else can write there.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from registerbro_sandbox import hidden

_DIRECTORY = "direct-probes"
_SECONDS = 60.0  # a port that was announced longer ago belongs to somebody else by now


@contextlib.contextmanager
def announced(directory: Path, port: int) -> Iterator[None]:
    """Within the block, what comes from this port is a health check."""
    probes = hidden.own_directory(directory) / _DIRECTORY
    probes.mkdir(exist_ok=True)
    probe = probes / str(port)
    probe.touch()
    try:
        yield
    finally:
        probe.unlink(missing_ok=True)


def is_announced(directory: Path, port: int) -> bool:
    """Whether a health check comes from this port."""
    try:
        announced_at = (directory / hidden.OWN / _DIRECTORY / str(port)).stat().st_mtime
    except FileNotFoundError:
        return False
    return time.time() - announced_at < _SECONDS
