"""How codes of CPR Direkte are called on pages: why the policy wishes, what differs from CPR's list, alerts."""

from collections.abc import Mapping

from console.web.languages import N_

WORDS: Mapping[str, str] = {
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
    "subscriptions": N_("Subscriptions"),
    "ends": N_("Would end"),
    "most": N_("Pass without an approval"),
}
