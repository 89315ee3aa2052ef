"""How codes of the audit log are called on pages: why contacts were erased."""

from collections.abc import Mapping

from console.web.languages import N_

WORDS: Mapping[str, str] = {
    "erased-retention-ended": N_("the time to keep it is over"),
    "erased-on-request": N_("the person asked for it"),
    "erased-imported-by-mistake": N_("imported by mistake"),
    "erased-ordered": N_("ordered by an authority or a court"),
    "erased-new-case": N_("a new case"),
    "erased-other": N_("another reason, as the audit log says"),
}
