"""All pages of contacts; those with a word in the place of an id come before those with the id."""

from collections.abc import Sequence

from console.web.contacts import history, search, showing
from console.web.pages import Pages

ALL: Sequence[Pages] = (search.pages, showing.pages, history.pages)
