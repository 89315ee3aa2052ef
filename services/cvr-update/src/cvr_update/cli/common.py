"""What the commands of all topics share: the store opened, how a command ends."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import typer
from registerbro import telemetry
from registerbro.database import Pool, open_pool
from registerbro.features import Feature, Features
from registerbro.number_hash import NumberHasher
from registerbro.presentation import FAILED
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.registers import opening
from registerbro.registers.errors import RegisterError
from registerbro.registers.opening import Opened
from registerbro.registers.presentation import presentation
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import load_or_exit
from registerbro.terminal import log_settings

from cvr_update.errors import PRESENTATION, UpdateError
from cvr_update.settings import CommandSettings
from cvr_update.updates import Updates

T = TypeVar("T")
NAME = "cvr-update"
COMMAND_LINE = "command line"
Contacts = Annotated[
    list[int] | None, typer.Option("--contact", min=1, help="A contact's id in the store; several.")
]


def do(work: Callable[[Updates], Awaitable[T]]) -> T:
    """Does the work with store and provider open, or ends the command with the reason."""
    return _do(lambda updates, _: work(updates))


def do_at_provider(work: Callable[[Opened], Awaitable[T]]) -> T:
    """Does what concerns the way to the provider alone, or ends the command with the reason."""
    return _do(lambda _, provider: work(provider))


def _do(work: Callable[[Updates, Opened], Awaitable[T]]) -> T:
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        async with (
            open_pool(settings.database.url.get_secret_value(), minimum=0) as pool,
            _opened(pool, settings) as (updates, provider),
        ):
            return await work(updates, provider)

    try:
        return asyncio.run(all_of_it())
    except KeyboardInterrupt:
        end("stopped; what was stored stays, the rest waits", FAILED)
    except UpdateError as error:
        end(str(error), PRESENTATION[type(error)].exit_code)
    except RegisterError as error:
        end(str(error), presentation(error).exit_code)
    except (Problem, SecretsError) as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


@contextlib.asynccontextmanager
async def _opened(pool: Pool, settings: CommandSettings) -> AsyncIterator[tuple[Updates, Opened]]:
    secrets = SecretStore(settings.secrets.keys)
    provider = settings.cvr.updates
    async with opening.opened(pool, settings.cvr, provider, secrets=secrets) as opened:
        updates = Updates(
            pool=pool,
            lookup=opened.lookup,
            settings=settings.cvr_update,
            cvr=settings.cvr,
            hasher=NumberHasher(settings.audit.key),
            is_on=functools.partial(_are_on, Features(pool)),
        )
        yield updates, opened


async def _are_on(features: Features) -> bool:
    return all([await features.is_enabled(each) for each in (Feature.CVR, Feature.CVR_UPDATE)])


async def require_modules(pool: Pool) -> None:
    """Raises ``FeatureDisabled`` where a module is off that updates need."""
    for feature in (Feature.CVR, Feature.CVR_UPDATE):
        await Features(pool).require(feature)


def end(reason: str, code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)
