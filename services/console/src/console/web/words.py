"""How codes of the APIs are called on pages: states, outcomes, kinds. A code without a word is shown with spaces for hyphens."""

from collections.abc import Mapping

from console.web.batch import words as batch
from console.web.configuration.words import WORDS as CONFIGURATION
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
    "automatic": N_("As the browser"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    **CONFIGURATION,
    # CPR Direkte: why the policy wishes, where CPR's list differs and what became of it, alerts
    "open-case": N_("party to an open case"),
    "no-open-case": N_("party to no open case, and nothing delivered for longer than the delay"),
    "never-subscribed": N_("on the list of those never subscribed"),
    "rule": N_("by the installation's own rule"),
    "missing-here": N_("Missing here"),
    "missing-at-cpr": N_("Missing at CPR"),
    "unknown-person": N_("Unknown person"),
    "reconciled-corrected": N_("put right"),
    "reconciled-newer-known": N_("stayed: CPR said otherwise after the list's day"),
    "reconciled-already": N_("was so already"),
    "reconciled-gone": N_("the contact is no longer from CPR"),
    "reconciled-ended": N_("CPR is told to end it"),
    "alert-harvesting": N_("Unusually many persons asked for"),
    "alert-break-glass": N_("Protected data opened in an emergency"),
    "alert-subscription-policy-held": N_("A run of the policy is held"),
    "persons": N_("Persons"),
    "subscriptions": N_("Subscriptions"),
    "ends": N_("Would end"),
    "most": N_("Pass without an approval"),
    # Audit: why contacts were erased
    "erased-retention-ended": N_("the time to keep it is over"),
    "erased-on-request": N_("the person asked for it"),
    "erased-imported-by-mistake": N_("imported by mistake"),
    "erased-ordered": N_("ordered by an authority or a court"),
    "erased-new-case": N_("a new case"),
    "erased-other": N_("another reason, as the audit log says"),
    **batch.WORDS,
}


def word(code: str) -> str:
    """The English text, which is translated when it is shown."""
    return WORDS.get(code) or code.replace("-", " ").replace("_", " ")
