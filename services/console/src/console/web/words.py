"""How codes of the APIs are called on pages: states, outcomes, kinds. A code without a word is shown with spaces for hyphens."""

from collections.abc import Callable, Iterable, Mapping

from console.web.audit import words as audit
from console.web.batch import words as batch
from console.web.configuration import words as configuration
from console.web.direct import words as direct
from console.web.languages import N_

WORDS: Mapping[str, str] = {
    "Healthy": N_("Healthy"),
    "Degraded": N_("Degraded"),
    "Unhealthy": N_("Unhealthy"),
    "console": N_("Console"),
    "cpr-direct": N_("CPR Direkte"),
    "cpr-batch": N_("CPR Batch"),
    "cvr-online": N_("CVR Online"),
    "cvr-subscription": N_("CVR Subscription"),
    "cvr-update": N_("CVR Update"),
    "sandbox": N_("Sandbox"),
    "datafordeler-graphql": N_("Datafordeleren (GraphQL)"),
    "datafordeler-rest": N_("Datafordeleren (REST)"),
    "kmd-logic": N_("KMD Logic"),
    "viewer": N_("Viewer"),
    "operator": N_("Operator"),
    "administrator": N_("Administrator"),
    "data-protection-officer": N_("Data-protection officer"),
    "created": N_("created"),
    "done": N_("done"),
    "failed": N_("failed"),
    "automatic": N_("As the browser"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    **audit.WORDS,
    **batch.WORDS,
    **configuration.WORDS,
    **direct.WORDS,
}


def word(code: str) -> str:
    """The English text, which is translated when it is shown."""
    return WORDS.get(code) or code.replace("-", " ").replace("_", " ")


def options(codes: Iterable[str], say: Callable[[str], str]) -> list[tuple[str, str]]:
    """Codes with their words, for a list to choose from."""
    return [(code, say(word(code))) for code in codes]
