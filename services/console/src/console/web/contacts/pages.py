"""All pages of contacts; those with a word in the place of an id come before those with the id."""

from collections.abc import Sequence

from console.web.contacts import (
    addressing,
    creating,
    editing,
    ending,
    exporting,
    history,
    importing,
    relating,
    search,
    showing,
)
from console.web.pages import Pages

ALL: Sequence[Pages] = (
    search.pages,
    importing.pages,
    creating.pages,
    showing.pages,
    history.pages,
    editing.pages,
    addressing.pages,
    relating.pages,
    ending.pages,
    exporting.pages,
)
