"""Where the services listen: each at its own place above a base port, all of them free before anything starts."""

import enum
import socket

from registerbro.settings.sections import INTERNAL_PORT_OFFSET, LAST_PORT

from registerbro_local.errors import PortTaken

BASE = 8000
ANY_PORT = 0
HOST = "127.0.0.1"


class Place(enum.IntEnum):
    """A service's place above the base; 3 to 5 are kept for those to come."""

    CONSOLE = 0
    CPR_DIRECT = 1
    CPR_BATCH = 2


LAST_BASE = LAST_PORT - INTERNAL_PORT_OFFSET - 5


def port_of(place: Place, base: int | None) -> int:
    """Where a service listens; without a base any free port."""
    return ANY_PORT if base is None else base + place


def ensure_free(base: int) -> None:
    """Raises ``PortTaken`` for the first port that somebody listens on."""
    for place in Place:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, base + place))
            except OSError:
                raise PortTaken(base + place) from None
