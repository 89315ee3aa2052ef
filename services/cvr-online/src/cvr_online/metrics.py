"""What operators watch of the calls to CVR's provider, in this process; in Prometheus' default registry."""

from prometheus_client import Counter, Histogram

CALLS = Counter(
    "registerbro_cvr_online_calls_total",
    "Calls to CVR's provider, by what was asked and how it ended: ok, or the problem type",
    ["kind", "outcome"],
)
SECONDS = Histogram(
    "registerbro_cvr_online_call_seconds",
    "Time a call took, waiting for its turn included",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
ANSWERS = Counter(
    "registerbro_cvr_online_answers_total",
    "Answers to what callers asked; those beyond the calls were remembered, or shared with others who asked the same",
    ["kind"],
)
IMPORTS = Counter(
    "registerbro_cvr_online_imports_total",
    "Companies and production units imported, by outcome",
    ["outcome"],
)
