"""Fictional persons, and the files in which CPR would deliver them."""

from registerbro.cpr.writer import Form

from registerbro_sandbox.persons.delivery import Delivered, Delivery, Layout, Written, write, write_extract
from registerbro_sandbox.persons.life import CannotHappen, LifeEvent
from registerbro_sandbox.persons.person import Family, Person, Row
from registerbro_sandbox.persons.population import MAX_SIZE, Population
from registerbro_sandbox.persons.world import Change, Named, World, write_changes

__all__ = [
    "MAX_SIZE",
    "CannotHappen",
    "Change",
    "Delivered",
    "Delivery",
    "Family",
    "Form",
    "Layout",
    "LifeEvent",
    "Named",
    "Person",
    "Population",
    "Row",
    "World",
    "Written",
    "write",
    "write_changes",
    "write_extract",
]
