"""All pages of the sandbox."""

from collections.abc import Sequence

from console.web.pages import Pages
from console.web.sandbox import companies, faults, persons, world

ALL: Sequence[Pages] = (world.pages, persons.pages, companies.pages, faults.pages)
