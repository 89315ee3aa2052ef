"""What the problems of the audit log mean to the person at the page."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

CHECKS = "/ui/audit/spot-checks"
ADVICE: Mapping[str, Advice] = {
    "purpose-required": Advice(
        N_("Whoever names a person says why."),
        N_("State the purpose, then ask again."),
        "/ui/purpose?next=/ui/audit",
    ),
    "spot-check-empty": Advice(
        N_("There is no access to draw from."), N_("Choose other days, or leave user and client out.")
    ),
    "spot-check-too-large": Advice(
        N_("The sample would be larger than a spot check may be."),
        N_("Draw fewer of each user, or fewer days."),
    ),
    "spot-check-unknown": Advice(
        N_("There is no such spot check, or its days are past their time."),
        N_("See which there are."),
        CHECKS,
    ),
    "spot-check-closed": Advice(
        N_("The spot check is closed, and its verdicts stand."), N_("Draw another one."), CHECKS
    ),
    "spot-check-unfinished": Advice(
        N_("Some accesses have no verdict yet."), N_("Give each a verdict, then close the spot check.")
    ),
    "not-drawn": Advice(
        N_("The access is none of those that were drawn."), N_("Open the spot check again."), CHECKS
    ),
}
