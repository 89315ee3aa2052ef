"""What commands share that need the store and no issuer: the store opened, the audit log, times, whom they are about."""

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import asyncpg
import typer
from registerbro import telemetry
from registerbro.audit import Auditor, Purpose
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.database import Pool, open_pool
from registerbro.presentation import BAD_USE, FAILED
from registerbro.privacy import is_suspect, scrub
from registerbro.problems import Problem
from registerbro.settings import AuditSettings, StoreSettings, load_or_exit
from registerbro.terminal import log_settings

from console.audit.errors import AuditError
from console.cli.common import NAME, end
from console.events.errors import EventError

T = TypeVar("T")
ON_THE_LINE = "a personal number must not stand on the command line, where others can read it: send it by standard input"
Why = Annotated[str, typer.Option("--purpose", help="Why, as an official would write it; recorded.")]
CaseOption = Annotated[str | None, typer.Option("--for-case", help="The case that it is for; recorded.")]
Client = Annotated[str | None, typer.Option(help="The client application.")]
User = Annotated[str | None, typer.Option(help="The user that it acted for.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]
Refused = Annotated[list[str] | None, typer.Argument(hidden=True)]
Since = Annotated[dt.datetime | None, typer.Option("--from", help="Time, UTC.")]
Until = Annotated[dt.datetime | None, typer.Option("--to", help="Time, UTC; not included.")]


class AuditedSettings(StoreSettings):
    """What the commands on the audit log need."""

    audit: AuditSettings


def on_store(work: Callable[[Pool], Awaitable[T]]) -> T:
    """Does the work on the store, or ends the command with the reason."""
    return _do(load_or_exit(StoreSettings), work)


def on_log(work: Callable[[Pool, Auditor], Awaitable[T]]) -> T:
    """Does the work with the audit log open, or ends the command with the reason."""
    settings = load_or_exit(AuditedSettings)
    return _do(settings, lambda pool: work(pool, Auditor(pool, settings.audit.key, NAME)))


def _do(settings: StoreSettings, work: Callable[[Pool], Awaitable[T]]) -> T:
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        async with open_pool(settings.database.url.get_secret_value(), minimum=0) as pool:
            return await work(pool)

    try:
        return asyncio.run(all_of_it())
    except (AuditError, EventError, Problem) as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def why(purpose: str, case: str | None) -> Purpose:
    """The purpose; ends the command where it cannot be recorded."""
    if not 3 <= len(purpose.strip()) <= 500:
        end("give a --purpose of 3 to 500 characters; it is recorded", BAD_USE)
    if case is not None and not (case.strip() and len(case) <= 200):
        end("--for-case takes a reference of 1 to 200 characters", BAD_USE)
    return Purpose(purpose=purpose, case_reference=case)


def refuse_arguments(given: list[str] | None) -> None:
    """No command takes an argument that could be a number."""
    if given:
        end(ON_THE_LINE if any(map(is_suspect, given)) else "too many arguments; see --help", BAD_USE)


def cpr_number() -> CprNumber:
    """The CPR number on standard input, or typed at a prompt; the command ends where it is none."""
    if sys.stdin is not None and sys.stdin.isatty():
        text = typer.prompt("CPR number", err=True)
    else:
        text = sys.stdin.readline() if sys.stdin is not None else ""
    try:
        return CprNumber.parse(text)
    except InvalidCprNumber as error:
        end(str(error), BAD_USE)


def utc(moment: dt.datetime | None) -> dt.datetime | None:
    """A time that was given without its zone."""
    return None if moment is None else moment.replace(tzinfo=dt.UTC)
