"""The pages of the sandbox: what there is, what happens to fictional persons and companies, what the registers' stand-ins do wrong."""

from collections.abc import Sequence

from console.web.pages import Pages
from console.web.sandbox import companies, faults, persons, world

ALL: Sequence[Pages] = (world.pages, persons.pages, companies.pages, faults.pages)
"""Its modules of pages."""
