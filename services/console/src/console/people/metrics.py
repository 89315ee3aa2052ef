"""What operators watch of log-ins, in this process; in Prometheus' default registry."""

import contextlib
from collections.abc import Iterator

from prometheus_client import Counter

from console.people.errors import PRESENTATION, PeopleError

LOGINS = Counter(
    "registerbro_console_logins_total",
    "Log-ins of people, by how they ended: logged-in, or the kind of problem",
    ["outcome"],
)
LOGGED_IN = "logged-in"


@contextlib.contextmanager
def counted() -> Iterator[None]:
    """Counts one log-in."""
    outcome = "interrupted"
    try:
        yield
        outcome = LOGGED_IN
    except PeopleError as error:
        outcome = PRESENTATION[type(error)].slug
        raise
    finally:
        LOGINS.labels(outcome).inc()
