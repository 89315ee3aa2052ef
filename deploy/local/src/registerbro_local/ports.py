"""Where the services listen: each at its own place above a base port, all of them free before anything starts."""

import enum
import socket

from registerbro.settings.sections import INTERNAL_PORT_OFFSET, LAST_PORT

from registerbro_local.errors import PortTaken

BASE = 8000
ANY_PORT = 0
HOST = "127.0.0.1"


class Place(enum.IntEnum):
    """A service's place above the base."""

    CONSOLE = 0
    CPR_DIRECT = 1
    CPR_BATCH = 2
    CVR_ONLINE = 3
    CVR_SUBSCRIPTION = 4
    CVR_UPDATE = 5
    SANDBOX = 6


LAST_BASE = LAST_PORT - INTERNAL_PORT_OFFSET - max(Place)


def ports_from(base: int | None) -> dict[Place, int]:
    """Where the services listen: above the base; without one at any free ports."""
    return {place: free_port() if base is None else base + place for place in Place}


def free_port() -> int:
    """A port that nobody listens on now, for a service that others must be told of before it starts."""
    with socket.socket() as probe:
        probe.bind((HOST, ANY_PORT))
        found: int = probe.getsockname()[1]
    return found


def ensure_free(base: int) -> None:
    """Raises ``PortTaken`` for the first port that somebody listens on."""
    for place in Place:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, base + place))
            except OSError:
                raise PortTaken(base + place) from None
