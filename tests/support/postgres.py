"""A real Postgres for the tests: from ``REGISTERBRO_TEST_POSTGRES``, from Docker, or from the wheel.

Each test gets its own database, copied from a migrated template, so that tests neither see nor wait for each other.
"""

import asyncio
import contextlib
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from registerbro.database import Pool, ensure_partitions, migrate, open_pool
from registerbro_local.postgres import embedded_server
from testcontainers.community.postgres import PostgresContainer

IMAGE = "postgres:18"


def with_database(url: str, name: str) -> str:
    """The same server's URL, for another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A superuser's URL on a Postgres server, started in a directory of its own where none is given.

    Not in pytest's: as root, Postgres runs as another user, and the next pytest to start shuts those out there.
    """
    if url := os.environ.get("REGISTERBRO_TEST_POSTGRES"):
        yield url
    elif os.environ.get("REGISTERBRO_TEST_CONTAINERS") == "1":
        with PostgresContainer(IMAGE, driver=None) as container:
            yield container.get_connection_url()
    else:
        with (
            tempfile.TemporaryDirectory(prefix="registerbro-") as directory,
            embedded_server(Path(directory)) as url,
        ):
            with psycopg.connect(url, autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"alter system set {setting} = off")
                connection.execute("select pg_reload_conf()")
            yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database that the others are copied from, with partitions for today: making them takes time."""
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    migrate(with_database(postgres_url, name))
    with ThreadPoolExecutor(1) as own_loop:
        own_loop.submit(asyncio.run, _partitioned(with_database(postgres_url, name))).result()
    yield name
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


async def _partitioned(url: str) -> None:
    async with open_pool(url) as pool, pool.acquire() as connection:
        await ensure_partitions(connection)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    with temporary_database(postgres_url, "template1") as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    with temporary_database(postgres_url, template_database) as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on a migrated database of the test's own, with partitions for today."""
    async with open_pool(database_url, maximum=8) as pool:
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
        yield pool


@contextlib.contextmanager
def temporary_database(postgres_url: str, template: str) -> Iterator[str]:
    """A database for one block, copied from ``template``."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        # copied as files: for a small template without fsync that takes half the time of copying through the log
        connection.execute(f"create database {name} template {template} strategy file_copy")
    yield with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
