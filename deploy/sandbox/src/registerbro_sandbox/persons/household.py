"""Where the members of a household lived, home after home."""

from collections.abc import Sequence
from typing import NamedTuple

from registerbro_sandbox.persons.days import CLOCK, EPOCH, YEAR, stamp
from registerbro_sandbox.persons.homes import Draw, Home, any_home, former_address, settle
from registerbro_sandbox.persons.person import Person

_MOST_HOMES = 4
_LATEST = EPOCH - 60  # so that special cases find room for what happened since
_OPENS, _OFFICE_HOURS = 8 * 60, 8 * 60  # minutes: when people report that they have moved


class Stay(NamedTuple):
    """A household's time in one home: days, and the same as time stamps; ``end`` is 0 and ``until`` blank while it lasts."""

    home: Home
    begin: int
    end: int
    since: str
    until: str
    before: str  # the municipality that was left for it


def stays(grown_up: int, draw: Draw) -> list[Stay]:
    """The homes of a household that came together when its first member was grown up; the last one is today's."""
    begin = grown_up if grown_up < _LATEST else grown_up - int(20 * YEAR)
    since, before, homes = _reported(begin, draw), "", list[Stay]()
    while True:
        home = any_home(draw)
        end = begin + int((0.2 + 0.8 * draw()) * 14 * YEAR) if draw() < 0.75 else 0
        if not end or end >= _LATEST or len(homes) == _MOST_HOMES - 1:
            homes.append(Stay(home, begin, 0, since, "", before))
            return homes
        until = _reported(end, draw)
        homes.append(Stay(home, begin, end, since, until, before))
        begin, since, before = end, until, home.municipality


def _reported(day: int, draw: Draw) -> str:
    return stamp(day, CLOCK[_OPENS + int(draw() * _OFFICE_HOURS)])


def live(person: Person, died: int, household: Sequence[Stay]) -> None:
    """Let somebody live with their household from birth to death; ``died`` is 0 for the living."""
    born = person.born
    for home, begin, end, since, until, before in household:
        if (end and end <= born) or (died and begin >= died):
            continue
        moved_in, moved_before = (since, before) if begin > born else (stamp(born), "")
        if died and (not end or died < end):
            person.add("023", former_address(home.coded, moved_in, stamp(died, "2359")))
        elif end:
            person.add("023", former_address(home.coded, moved_in, until))
        else:
            settle(person, home, moved_in, before=moved_before)
    if died:
        person.set("003", {"addressing_name": person.current("008")["addressing_name"]})
