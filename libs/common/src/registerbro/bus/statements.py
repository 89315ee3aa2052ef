"""The SQL of the bus: named statements from ``sql/``, called with keywords on a connection."""

from pathlib import Path
from typing import Any

import aiosql

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql", "asyncpg")
