"""What the commands of all topics share: store and register opened, what a command is about, how it ends."""

import asyncio
import getpass
import io
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, NoReturn, TypeAlias, TypeVar

import asyncpg
import typer
from registerbro import telemetry
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller, Scope
from registerbro.database import open_pool
from registerbro.features import Feature, Features
from registerbro.presentation import BAD_USE, FAILED
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.registers.errors import RegisterError
from registerbro.registers.presentation import presentation
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import load_or_exit
from registerbro.terminal import log_settings

from cvr_online.errors import PRESENTATION, OnlineError
from cvr_online.online import Online, Reason
from cvr_online.opening import opened
from cvr_online.settings import CommandSettings

T = TypeVar("T")
NAME = "cvr-online"
COMMAND_LINE = "command line"

Why: TypeAlias = Annotated[
    str, typer.Option("--purpose", help="Why, as an official would write it; recorded.")
]
CaseOption: TypeAlias = Annotated[str | None, typer.Option("--case", help="The case it is for; recorded.")]
Fresh: TypeAlias = Annotated[bool, typer.Option("--fresh", help="Do not use an answer of a moment ago.")]


def do(work: Callable[[Online], Awaitable[T]]) -> T:
    """Does the work with store and register open, or ends the command with the reason."""
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        async with open_pool(settings.database.url.get_secret_value(), minimum=0) as pool:
            await Features(pool).require(Feature.CVR)
            auditor = Auditor(pool, settings.audit.key, NAME)
            secrets = SecretStore(settings.secrets.keys)
            async with opened(pool, settings, auditor=auditor, secrets=secrets) as online:
                return await work(online)

    try:
        return asyncio.run(all_of_it())
    except KeyboardInterrupt:
        end("stopped; what was stored stays", FAILED)
    except OnlineError as error:
        end(str(error), PRESENTATION[type(error)].exit_code)
    except RegisterError as error:
        end(str(error), presentation(error).exit_code)
    except (Problem, SecretsError) as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def reason(purpose: str, case: str | None) -> Reason:
    """Who runs the command, by the name of this machine's user, and why; ends the command where it cannot be recorded."""
    if not 3 <= len(purpose.strip()) <= 500:
        end("give a --purpose of 3 to 500 characters; it is recorded", BAD_USE)
    if case is not None and not (case.strip() and len(case) <= 200):
        end("--case takes a reference of 1 to 200 characters", BAD_USE)
    caller = Caller(COMMAND_LINE, getpass.getuser(), frozenset({Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT}))
    return Reason(caller, Purpose(purpose=purpose, case_reference=case))


def text(given: Sequence[str] | None, prompt: str) -> str:
    """What a command is about: its arguments as one text, typed at a prompt, or the first line of standard input."""
    if given:
        return " ".join(given)
    return str(typer.prompt(prompt, err=True)) if is_typed() else next(lines(), "")


def texts(given: Sequence[str] | None, prompt: str) -> list[str]:
    """What a command is about: its arguments, the lines of standard input, or one typed at a prompt."""
    if given:
        return list(given)
    if is_typed():
        return [str(typer.prompt(prompt, err=True))]
    found = [line.strip() for line in lines() if line.strip()]
    if not found:
        end("standard input holds no number", BAD_USE)
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


def end(reason: str, code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)
