"""Why something could not be done, as callers are told.

Problem
├── InvalidRequest  422  the body names what there is not: errors say where
└── Conflict        409
    ├── Impossible  409  life, or the register, forbids it: errors say where, if a part of the body is to blame
    ├── DayTaken    409  something has happened on that day, or later
    ├── Nothing     409  no order waits for an answer
    └── NotThere    409  there are no persons, or no companies, in this sandbox
"""

import contextlib
from collections.abc import Iterator

from registerbro.problems import Conflict, InvalidRequest, Problem

from registerbro_sandbox.companies import CannotHappen as UnitCannot
from registerbro_sandbox.companies import NoCompanies, UnknownUnit
from registerbro_sandbox.persons.chronicle import AlreadyThere, NoWorld
from registerbro_sandbox.persons.life import CannotHappen
from registerbro_sandbox.persons.wishes import WishRefused
from registerbro_sandbox.worlds import NothingWaits


class Impossible(Conflict):
    """It cannot happen to this person or unit, as they are."""

    slug, title = "sandbox-impossible", "That cannot happen"


class DayTaken(Conflict):
    """A day must come after all on which something has happened."""

    slug, title = "sandbox-day-taken", "The day is taken"


class Nothing(Conflict):
    """Neither an input file nor a word by CPR Direkte waits."""

    slug, title = "sandbox-nothing-waits", "Nothing waits for an answer"


class NotThere(Conflict):
    """Nothing was generated in this sandbox yet."""

    slug, title = "sandbox-not-there", "There is nobody in this sandbox"


def unknown(pointer: str, detail: str) -> InvalidRequest:
    """The body names somebody whom the sandbox does not have."""
    return InvalidRequest(errors=[{"pointer": pointer, "detail": detail, "code": "unknown"}])


def impossible(pointer: str, detail: str) -> Impossible:
    """What a part of the body asks for cannot happen."""
    text = f"{detail[:1].upper()}{detail[1:]}"
    return Impossible(text, errors=[{"pointer": pointer, "detail": detail, "code": "impossible"}])


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Lets the caller know why a world refuses."""
    try:
        yield
    except (
        NoWorld,
        NoCompanies,
        NothingWaits,
        AlreadyThere,
        CannotHappen,
        UnitCannot,
        UnknownUnit,
    ) as refusal:
        raise _problem(refusal) from None


def _problem(refusal: Exception) -> Problem:
    match refusal:
        case NoWorld():
            return NotThere("No persons have been generated in this sandbox.")
        case NoCompanies():
            return NotThere("There is no register of companies in this sandbox.")
        case NothingWaits():
            return Nothing("No input file is due, and nothing was said by CPR Direkte.")
        case AlreadyThere():
            detail = "A day must be later than the last one on which files were delivered."
            return DayTaken(detail, errors=[{"pointer": "body/date", "detail": detail, "code": "taken"}])
        case WishRefused():
            return impossible(f"body/events/{refusal.place}", str(refusal))
        case _:
            return Impossible(f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")
