"""What the commands of all topics share: options, the store, tables and JSON, how a command ends."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import typer
from registerbro import telemetry
from registerbro.configuration.in_force import SettingsInForce
from registerbro.database import open_pool
from registerbro.features import Feature, Features
from registerbro.number_hash import NumberHasher
from registerbro.presentation import FAILED
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.secrets import SecretStore
from registerbro.settings import SubscriptionSettings, load_or_exit, origins
from registerbro.terminal import log_settings

from cpr_batch.batch import COMMAND_LINE, Batch, Batches
from cpr_batch.errors import BatchError, presentation
from cpr_batch.settings import CommandSettings

T = TypeVar("T")
NAME = "cpr-batch"
REJECTIONS = 3
All = Annotated[bool, typer.Option("--all", help="All that wait.")]
InitialLoad = Annotated[
    bool, typer.Option("--initial-load", help="Create contacts that are not there, and mark them subscribed.")
]


def do(work: Callable[[Batch], Awaitable[T]]) -> T:
    """Does the work with the store open and the settings in force, or ends the command with the reason."""

    async def current(batches: Batches) -> T:
        return await work(await batches.current(COMMAND_LINE))

    return do_with_settings(current)


def do_with_settings(work: Callable[[Batches], Awaitable[T]]) -> T:
    """The same for work on the settings themselves, which may be unusable as they are."""
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def opened() -> T:
        async with open_pool(settings.database.url.get_secret_value(), minimum=0) as pool:
            await Features(pool).require(Feature.CPR)
            in_force = SettingsInForce(pool, settings)
            batches = Batches(
                pool,
                settings.cpr_batch,
                secrets=SecretStore(settings.secrets.keys),
                origins=origins(CommandSettings),
                store=settings.database.url,
                subscriptions=functools.partial(in_force.of, SubscriptionSettings),
                hasher=NumberHasher(settings.audit.key) if settings.audit else None,
            )
            return await work(batches)

    try:
        return asyncio.run(opened())
    except KeyboardInterrupt:
        end("stopped; what was stored stays, and what was not done can be done by a new run", FAILED)
    except BatchError as error:
        fail(error)
    except Problem as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def fail(error: BatchError) -> NoReturn:
    end(str(error), presentation(error).exit_code)


def end(reason: str, code: int) -> NoReturn:
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)


def is_for_all(name: str | None, every: bool) -> bool:
    if (name is None) is not every:
        raise typer.BadParameter("give either a name or --all")
    return every


def counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
