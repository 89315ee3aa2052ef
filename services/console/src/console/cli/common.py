"""What the commands of all topics share: the issuer opened, who acts, how a command ends."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import asyncpg
import typer
from registerbro import telemetry
from registerbro.auth import Caller
from registerbro.database import Pool, open_pool
from registerbro.presentation import FAILED
from registerbro.privacy import scrub
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import load_or_exit
from registerbro.terminal import log_settings

from console.errors import ConsoleError
from console.oauth2.issuing import Issuer
from console.oauth2.opening import opened
from console.people.errors import PeopleError
from console.settings import CommandSettings

T = TypeVar("T")
NAME = "console"


def do(work: Callable[[Issuer, Pool], Awaitable[T]]) -> T:
    """Does the work with the issuer open, or ends the command with the reason."""

    async def with_issuer(settings: CommandSettings, pool: Pool) -> T:
        return await work(await opened(pool, settings, SecretStore(settings.secrets.keys)), pool)

    return do_in_store(with_issuer)


def do_in_store(work: Callable[[CommandSettings, Pool], Awaitable[T]]) -> T:
    """Does the work with the store open, or ends the command with the reason."""
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        async with open_pool(settings.database.url.get_secret_value(), minimum=0) as pool:
            return await work(settings, pool)

    try:
        return asyncio.run(all_of_it())
    except (ConsoleError, PeopleError, SecretsError, LookupError) as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def caller() -> Caller:
    """Who runs the command: the user of this machine, by name."""
    return Caller("command line", getpass.getuser(), frozenset())


def end(reason: str, code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)
