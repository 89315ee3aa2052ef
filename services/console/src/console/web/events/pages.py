"""All pages of events; paths of their own stand before those of one event."""

from collections.abc import Sequence

from console.web.events import letters, sent
from console.web.pages import Pages

ALL: Sequence[Pages] = (letters.pages, sent.pages)
