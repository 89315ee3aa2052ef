"""What operators watch of the issuer, in this process; in Prometheus' default registry."""

import contextlib
from collections.abc import Iterator

from prometheus_client import Counter

from console.oauth2.refusals import Refusal

TOKENS = Counter(
    "registerbro_console_token_requests_total",
    "Requests for tokens, by how they ended: issued, or the error",
    ["outcome"],
)
ISSUED = "issued"


@contextlib.contextmanager
def counted() -> Iterator[None]:
    """Counts one request."""
    outcome = "interrupted"
    try:
        yield
        outcome = ISSUED
    except Refusal as refusal:
        outcome = refusal.error
        raise
    finally:
        TOKENS.labels(outcome).inc()
