"""What can happen to a fictional person, and whom else it touches.

Each event changes the rows of a family's persons and says who is to be delivered with which event code and derived mark
(record 099). ``CannotHappen`` is raised, and nothing changed, where life forbids it: the dead do not move.
"""

import enum
from collections.abc import Callable

from registerbro_sandbox.persons import births, ties
from registerbro_sandbox.persons.days import iso
from registerbro_sandbox.persons.homes import any_home, close_address, foreign_address, pick, settle
from registerbro_sandbox.persons.identity import former_name, name_row
from registerbro_sandbox.persons.moment import CannotHappen, Moment, Touched, require
from registerbro_sandbox.persons.person import ABROAD, DEAD, Row
from registerbro_sandbox.persons.words import SURNAMES

__all__ = ["CannotHappen", "LifeEvent", "Moment", "Touched", "happen"]


class LifeEvent(enum.StrEnum):
    """What can be made to happen."""

    MOVES = "moves"
    MARRIES = "marries"
    DIVORCES = "divorces"
    DIES = "dies"
    CHANGES_NAME = "changes-name"
    CHANGES_NUMBER = "changes-number"
    GETS_GUARDIAN = "gets-guardian"
    LOSES_GUARDIAN = "loses-guardian"
    GETS_PROTECTION = "gets-protection"
    LOSES_PROTECTION = "loses-protection"
    EMIGRATES = "emigrates"
    RETURNS = "returns"
    IS_BORN = "is-born"  # a child, to the person named


def happen(event: LifeEvent, moment: Moment) -> list[Touched]:
    """Let an event happen; returns everybody to be delivered, first whom it is about."""
    return _EVENTS[event](moment)


def _moves(moment: Moment) -> list[Touched]:
    person = moment.person
    require(person.lives_here, "does not live here")
    before = person.current("002").get("municipality_code", "")
    close_address(person, moment.at)
    settle(person, any_home(moment.draw), moment.at, before=before)
    person.amend("001", status="01")
    return [Touched(person, "A01")]


def _dies(moment: Moment) -> list[Touched]:
    person = moment.person
    require(person.lives_here, "does not live here")
    close_address(person, moment.at)
    person.amend("001", status=DEAD, status_start=moment.at)
    return [Touched(person, "A21"), *ties.bereave(moment)]


def _changes_name(moment: Moment) -> list[Touched]:
    person, old = moment.person, moment.person.current("008")
    require(person.lives_here and bool(old.get("last_name")), "has no name to change")
    surname = pick(moment.draw, tuple(name for name in SURNAMES if name != old["last_name"]))
    new = name_row(old.get("first_names", ""), old.get("middle_name", ""), surname, moment.at)
    person.add("026", former_name(old, moment.at))
    person.set("008", new)
    person.amend("003", addressing_name=new["addressing_name"])
    return [Touched(person, "A13")]


def _gets_protection(moment: Moment) -> list[Touched]:
    person = moment.person
    require(person.lives_here, "does not live here")
    row = {"protection_type": "0001", "start": iso(moment.day), "end": iso(moment.day + 365)}
    person.rows["004"] = [row, *_other_protections(person.rows.get("004", []))]
    return [Touched(person, "A33")]


def _loses_protection(moment: Moment) -> list[Touched]:
    person = moment.person
    rows = person.rows.get("004", [])
    require(any(row["protection_type"] == "0001" for row in rows), "is not protected")
    person.rows["004"] = _other_protections(rows)
    return [Touched(person, "P11")]


def _other_protections(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["protection_type"] != "0001"]


def _emigrates(moment: Moment) -> list[Touched]:
    person = moment.person
    require(person.lives_here, "does not live here")
    country, address = foreign_address(moment.draw)
    close_address(person, moment.at)
    person.set("005", {"country_code": country, "emigrated": moment.at, **address})
    person.amend("001", status=ABROAD, status_start=moment.at)
    return [Touched(person, "A06")]


def _returns(moment: Moment) -> list[Touched]:
    person, away = moment.person, moment.person.current("005")
    require(person.status == ABROAD and bool(away), "is not abroad")
    address = {name: text for name, text in away.items() if name.startswith("foreign_address")}
    exit_ = {"exit_country_code": away["country_code"], "exit": away["emigrated"]}
    person.add("024", {**exit_, "entry_country_code": away["country_code"], "entry": moment.at, **address})
    person.drop("005")
    settle(person, any_home(moment.draw), moment.at)
    person.amend("001", status="01", status_start="000000000000")
    return [Touched(person, "A04")]


_EVENTS: dict[LifeEvent, Callable[[Moment], list[Touched]]] = {
    LifeEvent.MOVES: _moves,
    LifeEvent.MARRIES: ties.marries,
    LifeEvent.DIVORCES: ties.divorces,
    LifeEvent.DIES: _dies,
    LifeEvent.CHANGES_NAME: _changes_name,
    LifeEvent.CHANGES_NUMBER: births.changes_number,
    LifeEvent.GETS_GUARDIAN: ties.gets_guardian,
    LifeEvent.LOSES_GUARDIAN: ties.loses_guardian,
    LifeEvent.GETS_PROTECTION: _gets_protection,
    LifeEvent.LOSES_PROTECTION: _loses_protection,
    LifeEvent.EMIGRATES: _emigrates,
    LifeEvent.RETURNS: _returns,
    LifeEvent.IS_BORN: births.is_born,
}
