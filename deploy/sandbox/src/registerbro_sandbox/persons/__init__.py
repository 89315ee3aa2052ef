"""Fictional persons, and the files in which CPR would deliver them."""

from registerbro.cpr.writer import Form

from registerbro_sandbox.persons.delivery import Delivered, Delivery, Layout, Written, write, write_extract
from registerbro_sandbox.persons.person import Family, Person, Row
from registerbro_sandbox.persons.population import Population

__all__ = [
    "Delivered",
    "Delivery",
    "Family",
    "Form",
    "Layout",
    "Person",
    "Population",
    "Row",
    "Written",
    "write",
    "write_extract",
]
