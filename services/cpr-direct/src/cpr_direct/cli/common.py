"""What the commands of all topics share: the store and CPR opened, whom a command is about, how it ends."""

import asyncio
import getpass
import io
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import typer
from registerbro import harvesting, telemetry
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller, Scope
from registerbro.configuration.in_force import SettingsInForce
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.database import open_pool
from registerbro.features import Feature, Features
from registerbro.presentation import BAD_USE, FAILED
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import load_or_exit
from registerbro.subscriptions.errors import SubscriptionError
from registerbro.terminal import log_settings

from cpr_direct.direct import Direct
from cpr_direct.errors import DirectError, presentation
from cpr_direct.opening import opened
from cpr_direct.settings import CommandSettings

T = TypeVar("T")
NAME = "cpr-direct"
COMMAND_LINE = "command line"
WAITS = 4
_LIKE_A_NUMBER = re.compile(r"\d{6}\D?\d{3,}|\d{8,}")
ON_THE_LINE = (
    "a CPR number must not stand on the command line, where others can read it:"
    " leave it out and type it when asked, or send it by standard input"
)

Why = Annotated[str, typer.Option("--purpose", help="Why, as an official would write it; recorded.")]
CaseOption = Annotated[str | None, typer.Option("--case", help="The case it is for; recorded.")]
Refused = Annotated[list[str] | None, typer.Argument(hidden=True)]


def do(work: Callable[[Direct], Awaitable[T]]) -> T:
    """Does the work with store and gateway open, or ends the command with the reason."""
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        async with open_pool(settings.database.url.get_secret_value(), minimum=0) as pool:
            await Features(pool).require(Feature.CPR)
            limit = harvesting.in_force(SettingsInForce(pool, settings))
            auditor = Auditor(pool, settings.audit.key, NAME, limit=limit)
            secrets = SecretStore(settings.secrets.keys)
            async with opened(pool, settings, auditor=auditor, secrets=secrets) as direct:
                return await work(direct)

    try:
        return asyncio.run(all_of_it())
    except KeyboardInterrupt:
        end("stopped; what was stored stays", FAILED)
    except DirectError as error:
        end(str(error), presentation(error).exit_code)
    except (Problem, SecretsError, SubscriptionError) as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def caller() -> Caller:
    """Who runs the command: the user of this machine, by name."""
    scopes = frozenset({Scope.PERSONS_LOOKUP, Scope.PERSONS_IMPORT, Scope.PROTECTED_BREAK_GLASS})
    return Caller(COMMAND_LINE, getpass.getuser(), scopes)


def why(purpose: str, case: str | None) -> Purpose:
    """The purpose; ends the command where it cannot be recorded."""
    if not 3 <= len(purpose.strip()) <= 500:
        end("give a --purpose of 3 to 500 characters; it is recorded", BAD_USE)
    if case is not None and not (case.strip() and len(case) <= 200):
        end("--case takes a reference of 1 to 200 characters", BAD_USE)
    return Purpose(purpose=purpose, case_reference=case)


def number(refused: list[str] | None) -> CprNumber:
    """Whom the command is about: typed at a prompt, or the first line of standard input."""
    refuse_arguments(refused)
    return parsed(typer.prompt("CPR number", err=True) if is_typed() else next(lines(), ""), 1)


def numbers(refused: list[str] | None) -> list[CprNumber]:
    """Whom the command is about, one a line of standard input; or one, typed at a prompt."""
    if is_typed():
        return [number(refused)]
    refuse_arguments(refused)
    found = [parsed(line, place) for place, line in enumerate(lines(), start=1) if line.strip()]
    if not found:
        end("standard input holds no CPR number", BAD_USE)
    return found


def is_typed() -> bool:
    """Whether somebody sits at standard input; a process may also have none at all."""
    return sys.stdin is not None and sys.stdin.isatty()


def lines() -> Iterator[str]:
    """The lines of standard input, with or without a byte order mark; what is no text shows as such in them."""
    if sys.stdin is None:
        end("there is no standard input", BAD_USE)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    yield from sys.stdin


def parsed(text: str, line: int) -> CprNumber:
    """The number of a line; the command ends where it is none, without repeating it."""
    try:
        return CprNumber.parse(text)
    except InvalidCprNumber as error:
        end(f"line {line}: {error}", BAD_USE)


def refuse_arguments(given: list[str] | None) -> None:
    """No command takes an argument that could be a number."""
    if given:
        is_number = any(_LIKE_A_NUMBER.search(each) for each in given)
        end(ON_THE_LINE if is_number else "this command takes no argument; see --help", BAD_USE)


def end(reason: str, code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)
