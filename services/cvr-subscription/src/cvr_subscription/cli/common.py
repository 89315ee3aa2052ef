"""What the commands share: the store and the provider opened, how a command ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import asyncpg
import typer
from registerbro import telemetry
from registerbro.database import open_pool
from registerbro.presentation import FAILED
from registerbro.privacy import scrub
from registerbro.registers.errors import RegisterError
from registerbro.registers.presentation import presentation
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import load_or_exit
from registerbro.terminal import log_settings

from cvr_subscription.errors import SubscriptionError, exit_code
from cvr_subscription.opening import opened
from cvr_subscription.settings import CommandSettings
from cvr_subscription.subscriber import Subscriber

T = TypeVar("T")
NAME = "cvr-subscription"


def do(work: Callable[[Subscriber], Awaitable[T]]) -> T:
    """Does the work with store and provider open, or ends the command with the reason."""
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        url, secrets = settings.database.url.get_secret_value(), SecretStore(settings.secrets.keys)
        async with open_pool(url, minimum=0) as pool, opened(pool, settings, secrets=secrets) as subscriber:
            return await work(subscriber)

    try:
        return asyncio.run(all_of_it())
    except KeyboardInterrupt:
        end("stopped; what was stored stays", FAILED)
    except RegisterError as error:
        end(str(error), presentation(error).exit_code)
    except SubscriptionError as error:
        end(str(error), exit_code(error))
    except SecretsError as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def end(reason: str, code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)
