"""Fictional companies and production units: a register as CVR is, with everything that can happen to those in it.

world = World.begin(directory, seed=1, companies=200)   # or World.read(directory)
unit = world.unit("1003387453")                         # CvrUnit: .kind .number .object_id .name(day) .company .ended()
unit.at(Entity.ADDRESS, day)                            # rows in force on a day, location address first
unit.known(Entity.NAME)                                 # all rows that hold true today, of any time
world.change(Cease(object_id=unit.object_id, day=day))
world.events(after=0)                                   # one event for each row touched
world.status()                                          # the watermark
"""

from registerbro_sandbox.companies import happenings
from registerbro_sandbox.companies.changes import (
    Cease,
    Correct,
    Found,
    Hold,
    Open,
    Recode,
    Release,
    Reopen,
    Repeat,
    Replace,
    Step,
)
from registerbro_sandbox.companies.events import Event, Status
from registerbro_sandbox.companies.register import UnknownUnit
from registerbro_sandbox.companies.rows import LOCATION, MASTERS, POSTAL, Action, Entity, Row, Value
from registerbro_sandbox.companies.searching import Page
from registerbro_sandbox.companies.unit import CannotHappen, CvrUnit, Kind
from registerbro_sandbox.companies.world import Changed, NoCompanies, World

__all__ = [
    "LOCATION",
    "MASTERS",
    "POSTAL",
    "Action",
    "CannotHappen",
    "Cease",
    "Changed",
    "Correct",
    "CvrUnit",
    "Entity",
    "Event",
    "Found",
    "Hold",
    "Kind",
    "NoCompanies",
    "Open",
    "Page",
    "Recode",
    "Release",
    "Reopen",
    "Repeat",
    "Replace",
    "Row",
    "Status",
    "Step",
    "UnknownUnit",
    "Value",
    "World",
    "happenings",
]
