"""What operators watch of the service, in this process; in Prometheus' default registry. Calls are counted where they are made."""

from prometheus_client import Counter

QUESTIONS = Counter(
    "registerbro_cvr_online_questions_total", "Questions that callers asked, by kind", ["kind"]
)
ASKED = Counter(
    "registerbro_cvr_online_asked_total",
    "Of these, those that CVR's provider was asked; the others were remembered, or shared with who asked the same",
    ["kind"],
)
IMPORTS = Counter(
    "registerbro_cvr_online_imports_total", "Companies and production units imported, by outcome", ["outcome"]
)
