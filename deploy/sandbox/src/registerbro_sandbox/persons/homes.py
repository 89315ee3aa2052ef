"""Where fictional persons live, as rows: the coded address of 002 and 023, the clear-text address of 003."""

import functools
import random
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from registerbro_sandbox.persons.person import Person, Row
from registerbro_sandbox.persons.places import (
    COUNTRIES,
    GREENLAND,
    GREENLAND_ROADS,
    LOCALITIES,
    PLACES,
    ROADS,
    Place,
    Road,
)

T = TypeVar("T")
Draw = Callable[[], float]
_DOORS = ("th", "tv", "mf", "1", "12")
_LETTERS = tuple("ABCDEH")
_STOCK = 6000


def pick(draw: Draw, choices: tuple[T, ...]) -> T:
    """One of ``choices``; stays the same over Python versions, as ``random.choice`` need not."""
    return choices[int(draw() * len(choices))]


def generator(*key: object) -> Draw:
    """A repeatable source of numbers in [0, 1) for a key."""
    return random.Random(" ".join(map(str, key))).random  # noqa: S311 (play, not secrecy)


class Home(NamedTuple):
    """A dwelling: its coded and its clear-text fields."""

    coded: Row
    clear: Row

    @property
    def municipality(self) -> str:
        """The municipality code."""
        return self.coded["municipality_code"]


def dwelling(
    place: Place,
    road: Road,
    house: str,
    *,
    floor: str = "",
    door: str = "",
    building: str = "",
    locality: str = "",
) -> Home:
    """A dwelling; ``house`` is three digits and an optional letter, ``floor`` 01.., st or kl."""
    coded = {"municipality_code": place.municipality, "road_code": road.code, "house_number": house}
    label = f"{road.name} {house[:3].lstrip('0')}{' ' + house[3] if len(house) > 3 else ''}"
    if floor:
        coded |= {"floor": floor, "door": door}
        label += f", {floor.lstrip('0')}. {door}".rstrip()
    if building:
        coded["building_number"] = building
    clear = {
        "standard_address": label[:34],
        "post_code": place.postcode,
        "post_district": place.district,
        "road_addressing_name": road.name[:20],
    }
    if place.city:
        clear["city_name"] = place.city
    if locality:
        clear["locality"] = locality
    return Home(coded, coded | clear)


def any_home(draw: Draw) -> Home:
    """A dwelling in Denmark."""
    return _stock(int(draw() * _STOCK))


@functools.cache
def _stock(index: int) -> Home:
    """One of the dwellings that all populations live in, two in five a flat."""
    draw = generator("home", index)
    place, road = pick(draw, PLACES), pick(draw, ROADS)
    chance, house = draw(), f"{1 + int(draw() * 180):03}"
    if chance < 0.4:
        floor = pick(draw, ("st", "01", "02", "03", "04", "kl"))
        return dwelling(place, road, house, floor=floor, door=pick(draw, _DOORS))
    if chance < 0.55:
        return dwelling(place, road, house + pick(draw, _LETTERS))
    if chance < 0.6:
        return dwelling(place, road, house, locality=pick(draw, LOCALITIES))
    return dwelling(place, road, house)


def greenland_home(draw: Draw) -> Home:
    """A dwelling in Greenland, where houses have a building number."""
    building = f"B{100 + int(draw() * 900)}"
    return dwelling(
        pick(draw, GREENLAND), pick(draw, GREENLAND_ROADS), f"{1 + int(draw() * 90):03}", building=building
    )


def settle(person: Person, home: Home, moved_in: str, *, before: str = "", care_of: str = "") -> None:
    """Give a person a current address; ``before`` the municipality that was left for it, ``moved_in`` a time stamp."""
    row = {**home.coded, "moved_in": moved_in, "moved_to_municipality": moved_in}
    if before and before != home.municipality:
        row |= {"from_municipality_code": before, "left_municipality": moved_in}
    clear = {"addressing_name": person.current("008").get("addressing_name", ""), **home.clear}
    if care_of:
        row["care_of_name"] = clear["care_of_name"] = care_of
    person.set("002", row)
    person.set("003", clear)


def close_address(person: Person, until: str) -> None:
    """Turn the current address into a historical one; only the addressing name is left in 003."""
    old = person.current("002")
    if old:
        kept = {name: old[name] for name in _HISTORICAL if name in old}
        person.add("023", former_address(kept, old["moved_in"], until))
    person.drop("002")
    person.set("003", {"addressing_name": person.current("008").get("addressing_name", "")})


def former_address(row: Row, since: str, until: str) -> Row:
    """The historical row of an address that was lived at ``since`` and ``until``."""
    return {**row, "moved_in": since, "moved_out": until}


_HISTORICAL = (
    "municipality_code",
    "road_code",
    "house_number",
    "floor",
    "door",
    "building_number",
    "care_of_name",
    "moved_in_uncertain",
)


def foreign_address(draw: Draw) -> tuple[str, Row]:
    """A country code and the address lines there."""
    code = pick(draw, tuple(COUNTRIES))
    lines = (COUNTRIES[code][0].format(1 + int(draw() * 140)), *COUNTRIES[code][1:])
    return code, {f"foreign_address_{n}": line for n, line in enumerate(lines, 1)}
