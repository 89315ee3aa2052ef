"""Generated histories of a few people, as a register tells them: for property tests of the merge."""

import contextlib
import datetime as dt
import random
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st
from registerbro.contacts.model import (
    Channel,
    MappedAddress,
    MappedContact,
    MappedReference,
    Protection,
    Role,
)
from registerbro.database import Connection, Pool

from tests.support.deliveries import ALL_KEYS, date, delivery, home, register_time, to

T = TypeVar("T")

PERSONS = [
    tuple(f"{day:02}0{month}80000{person}" for day, month in ((1, 1), (2, 2), (3, 3))) for person in range(4)
]
NUMBERS = [number for numbers in PERSONS for number in numbers]
PARTS = (
    ALL_KEYS,
    ALL_KEYS,
    ALL_KEYS - {"address:HA"},
    ALL_KEYS - {"name1", "name2"},
    frozenset({"name1", "info:Status", "reference:Værge"}),
    ALL_KEYS - {"reference:Barn", "protections", "date:Umyndig"},
)


@st.composite
def references(draw: st.DrawFn) -> tuple[MappedReference, ...]:
    """Spouse, parents, children, guardian: mostly each other, sometimes somebody known by name only."""
    number, name = st.sampled_from(NUMBERS), st.sampled_from(["Ole Holm", "Ida Dam"])
    family = [to(Role.CHILD, each) for each in draw(st.lists(number, max_size=2, unique=True))]
    for role in (Role.SPOUSE, Role.FATHER, Role.GUARDIAN):
        match draw(st.sampled_from(["nobody", "number", "name"])):
            case "number":
                family.append(to(role, draw(number)))
            case "name":
                family.append(to(role, name=draw(name), restrictor="Forældre" if role is Role.FATHER else ""))
    return tuple(family)


@st.composite
def homes(draw: st.DrawFn) -> dict[str, MappedAddress]:
    if draw(st.integers(0, 4)) == 0:
        return {}
    street = draw(st.sampled_from(["Vestergade 1", "Nygade 2", "Torvet 3"]))
    return {"HA": home(street, draw(st.sampled_from(["2020-01-01", "2024-01-03"])),
                       protection=draw(st.sampled_from([None, dt.date(2024, 1, 1)])))}  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[MappedContact]:
    """What a register says of a few people over some days: moves, marriages, deaths, guardians, changed numbers."""
    slots = st.tuples(st.sampled_from(NUMBERS), st.integers(1, 5), st.sampled_from(Channel))
    return [draw(said(*slot)) for slot in draw(st.lists(slots, min_size=1, max_size=10, unique=True))]


@st.composite
def said(draw: st.DrawFn, number: str, day: int, channel: Channel) -> MappedContact:
    own = next(numbers for numbers in PERSONS if number in numbers)
    others = [each for each in own if each != number]
    given: dict[str, Any] = {}
    match draw(st.sampled_from(["plain", "plain", "link", "former"])):
        case "link":
            given["current_number"] = draw(st.sampled_from(others))
        case "former":
            given["former_numbers"] = tuple(draw(st.lists(st.sampled_from(others), min_size=1, unique=True)))
    is_dead = draw(st.integers(0, 4)) == 0
    given["fields"] = {
        "name1": draw(st.sampled_from(["Anna", "Bo", ""])),
        "end_date": dt.date(2024, 1, day) if is_dead else None,
    }
    given["info"] = {"Status": ("90" if is_dead else "01",)} | draw(
        st.sampled_from([{}, {"Civilstand": ("G",)}, {"Køn": ("K", "M")}])
    )
    given["dates"] = draw(
        st.sampled_from(
            [{}, {"Umyndig": (date("2023"),)}, {"Fødselsdag": (date("1980-01", uncertain=True),)}]
        )
    )
    given["protections"] = draw(
        st.sampled_from([(), (Protection("0001", dt.date(2024, 1, 1), None), Protection("0002", None, None))])
    )
    return delivery(
        number,
        time=register_time(day, channel=channel),
        delivers=draw(st.sampled_from(PARTS)),
        addresses=draw(homes()),
        references=draw(references()),
        subscribed=draw(st.sampled_from([None, True, False])),
        **given,
    )


def cut(deliveries: Sequence[T], dice: random.Random) -> list[Sequence[T]]:
    """The deliveries in chunks of any sizes."""
    places = sorted(dice.sample(range(1, len(deliveries)), dice.randint(0, len(deliveries) - 1)))
    return [
        deliveries[start:end] for start, end in zip([0, *places], [*places, len(deliveries)], strict=True)
    ]


@contextlib.asynccontextmanager
async def empty_store(pool: Pool) -> AsyncIterator[Connection]:
    """A store that is empty again afterwards: all in one transaction, rolled back."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
            await connection.execute("set constraints all immediate")
        finally:
            await transaction.rollback()
