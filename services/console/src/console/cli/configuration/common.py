"""What the commands on the configuration share: the store opened with the settings that they need, and how they end."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import asyncpg
from registerbro import telemetry
from registerbro.database import Connection, open_connection
from registerbro.presentation import FAILED
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import StoredSecretsSettings, StoreSettings, load_or_exit
from registerbro.terminal import log_settings

from console.cli.common import NAME, end

T = TypeVar("T")
S = TypeVar("S", bound="SecretsAndStore")


class SecretsAndStore(StoreSettings):
    """What every command on the configuration is told."""

    secrets: StoredSecretsSettings = StoredSecretsSettings()


@dataclasses.dataclass(frozen=True, slots=True)
class Opened(Generic[S]):
    """What a command works with."""

    connection: Connection
    settings: S
    secrets: SecretStore


def do(kind: type[S], work: Callable[[Opened[S]], Awaitable[T]]) -> T:
    """Does the work with the store open, or ends the command with the reason."""
    settings = load_or_exit(kind)
    telemetry.configure_logging(log_settings(settings.log), service=NAME)

    async def all_of_it() -> T:
        async with open_connection(settings.database.url.get_secret_value()) as connection:
            return await work(Opened(connection, settings, SecretStore(settings.secrets.keys)))

    try:
        return asyncio.run(all_of_it())
    except (Problem, SecretsError) as error:
        end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)
