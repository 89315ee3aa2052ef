"""The pages of events: what went over the bus, and what consumers gave up."""

from collections.abc import Sequence

from console.web.events import letters, sent
from console.web.pages import Pages

ALL: Sequence[Pages] = (letters.pages, sent.pages)
"""Its modules of pages; paths of their own stand before those of one event."""
