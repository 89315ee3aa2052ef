"""What operators watch of the way to the providers, in this process; in Prometheus' default registry."""

import contextlib
import time
from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram

from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.errors import RegisterError
from registerbro.registers.presentation import presentation

CALLS = Counter(
    "registerbro_register_calls_total",
    "Calls to a provider of CVR's data, by how they ended: ok, or the problem type",
    ["provider", "outcome"],
)
SECONDS = Histogram(
    "registerbro_register_call_seconds",
    "Time a call took, waiting for its turn and further tries included",
    ["provider"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
REQUESTS = Counter("registerbro_register_requests_total", "Requests that a provider was sent", ["provider"])
TOKENS = Counter(
    "registerbro_register_tokens_total",
    "Tokens that issuers were asked for, by how it ended: ok, or the problem type",
    ["issuer", "outcome"],
)
CERTIFICATE_EXPIRES = Gauge(
    "registerbro_register_certificate_expiry_timestamp_seconds",
    "When our client certificate expires",
    ["provider"],
)

OK = "ok"


def show_expiry(provider: str, keeper: CertificateKeeper | None) -> None:
    """Shows when the certificate expires, as its file has it whenever somebody looks; 0 where it cannot be read."""
    if keeper is None:
        CERTIFICATE_EXPIRES.remove(provider)
        return

    def expiry() -> float:
        not_after = keeper.state().not_after
        return not_after.timestamp() if not_after else 0.0

    CERTIFICATE_EXPIRES.labels(provider).set_function(expiry)


@contextlib.contextmanager
def counted(provider: str) -> Iterator[None]:
    """Counts one call."""
    begun = time.perf_counter()
    try:
        with _outcome(CALLS, provider):
            yield
    finally:
        SECONDS.labels(provider).observe(time.perf_counter() - begun)


@contextlib.contextmanager
def counted_token(issuer: str) -> Iterator[None]:
    """Counts one question for a token."""
    with _outcome(TOKENS, issuer):
        yield


@contextlib.contextmanager
def _outcome(counter: Counter, name: str) -> Iterator[None]:
    outcome = "interrupted"
    try:
        yield
        outcome = OK
    except RegisterError as error:
        outcome = presentation(error).slug
        raise
    finally:
        counter.labels(name, outcome).inc()
