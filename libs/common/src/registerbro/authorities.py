"""The authority register in the store: replaced by operators, read by imports.

What the codes mean comes from a file that CPR delivers; see ``registerbro.cpr.authority`` for its forms.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import aiosql

from registerbro.cpr.authority import Authority, names_on
from registerbro.database import Connection

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
_COLUMNS = ("authority_code", "valid_from", "valid_to", "authority_type", "name")


async def replace_authorities(connection: Connection, authorities: Iterable[Authority]) -> int:
    """Puts these authorities in the place of all that are stored, in one transaction; returns how many there are."""
    rows = [dataclasses.astuple(authority) for authority in authorities]
    async with connection.transaction():
        await _SQL.forget_authorities(connection)
        await connection.copy_records_to_table("cpr_authority", records=rows, columns=_COLUMNS)
    return len(rows)


async def authority_names(connection: Connection, day: dt.date) -> Mapping[str, str]:
    """What each code is called on a Danish day; empty where no register was loaded."""
    return names_on([Authority(*row) async for row in _SQL.list_authorities(connection)], day)


async def history(connection: Connection, code: str) -> list[Authority]:
    """What a code has been called, oldest first."""
    return [Authority(*row) async for row in _SQL.list_authority(connection, authority_code=code)]
