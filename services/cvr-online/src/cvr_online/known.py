"""What the store knows of companies and production units, beside what the register answers."""

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import aiosql
from registerbro.contacts.units import types_of
from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import kind_of
from registerbro.database import Pool
from registerbro.sources import CvrSource

_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "known.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A contact that has a number. One that was made by hand, or as another's reference, was never imported."""

    contact_id: int
    is_imported: bool


def name_type_of(number: UnitNumber, source: CvrSource) -> str:
    """The contact type of a number, as the source has it: J and V, or others."""
    return types_of(source).of(kind_of(number))


async def find(pool: Pool, numbers: Collection[UnitNumber], source: CvrSource) -> Mapping[UnitNumber, Known]:
    """Those of the numbers that a contact has."""
    keys = {(name_type_of(each, source), each.value): each for each in numbers}
    name_types, values = [key[0] for key in keys], [key[1] for key in keys]
    return {
        keys[row["name_type"], row["number"]]: Known(row["contact_id"], row["is_imported"])
        async for row in _SQL.known(pool, name_types=name_types, numbers=values)
    }
