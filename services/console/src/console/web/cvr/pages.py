"""All pages of CVR."""

from collections.abc import Sequence

from console.web.cvr import state, units
from console.web.pages import Pages

ALL: Sequence[Pages] = (state.pages, units.pages)
