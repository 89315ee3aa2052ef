"""``registerbro erasures``: the file of erasures that is kept beside backups, what brings it back after a restore, and a check."""

import asyncio
import contextlib
import datetime as dt
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, TextIO, TypeVar

import typer

from registerbro.contacts import erasures
from registerbro.database import Connection, open_connection
from registerbro.number_hash import NumberHasher
from registerbro.settings import AuditSettings, StoreSettings, load_or_exit

T = TypeVar("T")
BY = "command line"
app = typer.Typer(help="Contacts that were erased for good.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file of erasures; - is the terminal.")]


class ErasureSettings(StoreSettings):
    """What these commands need."""

    audit: AuditSettings


@app.command("export")
def export(file: File) -> None:
    """Write which contacts were erased: ids and hashes of numbers, nobody's number or name. Keep it beside each backup."""

    async def write(connection: Connection, hasher: NumberHasher) -> int:
        with _written(file) as target:
            lines = -1  # the first one is no erasure
            async for line in erasures.export(connection, hasher):
                target.write(f"{line}\n")
                lines += 1
        return lines

    typer.echo(f"{_on_store(write)} erasures exported", err=True)


@app.command("apply")
def apply(file: File) -> None:
    """After a restore: erase once more whoever was erased before. Safe to repeat."""

    async def read(connection: Connection, hasher: NumberHasher) -> erasures.Applied:
        with _read(file) as lines:
            return await erasures.apply(connection, lines, hasher=hasher, by=BY, now=_now())

    applied = _on_store(read)
    typer.echo(
        f"{applied.tombstones} erasures taken over, {applied.erased} contacts erased once more, "
        f"{applied.named_by} contacts named somebody erased"
    )


@app.command("finish")
def finish() -> None:
    """Take out of all records and histories what names an erased person: for erasures that broke off."""
    named_by = _on_store(lambda connection, hasher: erasures.finish(connection, hasher, now=_now()))
    typer.echo(f"{named_by} contacts named somebody erased")


@app.command("check")
def check() -> None:
    """Look whether somebody who was erased is there again; exit code 1 if so, or if an erasure broke off."""
    found = _on_store(erasures.check)
    typer.echo(
        f"{found.erased} contacts erased, {found.unfinished} of them unfinished, {found.present} there again"
    )
    if not found.is_well:
        raise typer.Exit(1)


def _on_store(work: Callable[[Connection, NumberHasher], Awaitable[T]]) -> T:
    settings = load_or_exit(ErasureSettings)

    async def opened() -> T:
        async with open_connection(settings.database.url.get_secret_value()) as connection:
            return await work(connection, NumberHasher(settings.audit.key))

    return asyncio.run(opened())


@contextlib.contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    """A file that is whole or as it was before, for its owner only."""
    if str(file) == "-":
        yield sys.stdout
        return
    unfinished = file.with_name(f"{file.name}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        yield target
        target.flush()
        os.fsync(target.fileno())
    unfinished.replace(file)


@contextlib.contextmanager
def _read(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield sys.stdin
        return
    with file.open(encoding="ascii") as lines:
        yield lines


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
