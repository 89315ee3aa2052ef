"""The SQL of the contact store: the named statements of a ``.sql`` file beside the modules, run whole.

aiosql reads the files and numbers the parameters; rows come as one list, because its generators cost more a row than the
driver needs to fetch it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiosql
import asyncpg

from registerbro.database import Connection, Pool


class Statements:
    """The statements of one file, called by name with keywords."""

    def __init__(self, file: str) -> None:
        self._queries: Any = aiosql.from_path(Path(__file__).with_name(file), "asyncpg")

    async def rows(
        self, connection: "Connection | Pool", name: str, **parameters: Any
    ) -> Sequence[asyncpg.Record]:
        """All rows of a statement."""
        return await connection.fetch(*self._call(name, parameters))

    async def value(self, connection: "Connection | Pool", name: str, **parameters: Any) -> Any:
        """The first value of a statement's first row; None if there is none."""
        return await connection.fetchval(*self._call(name, parameters))

    async def run(self, connection: Connection, name: str, **parameters: Any) -> None:
        """Runs a statement that returns nothing."""
        await connection.execute(*self._call(name, parameters))

    async def count(self, connection: Connection, name: str, **parameters: Any) -> int:
        """Runs a statement that changes rows; how many."""
        return int((await connection.execute(*self._call(name, parameters))).split()[-1])

    def sql(self, name: str) -> str:
        """A statement without parameters as text, for a cursor."""
        return str(getattr(self._queries, name).sql)

    def _call(self, name: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
        order = self._queries.driver_adapter.var_sorted[name]
        return (getattr(self._queries, name).sql, *(parameters[each] for each in order))
