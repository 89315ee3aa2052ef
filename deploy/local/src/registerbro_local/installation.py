"""All of Registerbro in one directory and one process: database, the registers' stand-ins, settings for the services."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

from cpr_batch.batch import Batch
from registerbro import features, sources
from registerbro.auth import DevelopmentIssuer
from registerbro.database import Connection, Pool, ensure_partitions, migrate, open_pool
from registerbro.features import Feature
from registerbro.number_hash import NumberHasher
from registerbro.sources import CprSource, CvrSource

from registerbro_local import private_files, told, trial
from registerbro_local.keys import Keys
from registerbro_local.ports import Place, ensure_free, ports_from
from registerbro_local.postgres import embedded_server, ensure_database
from registerbro_local.registers import Registers, registers

LOCAL = "local mode"
SOURCES = (
    CprSource.parse("Subscription=1;ForceUpdate=J"),
    CvrSource.parse("Level:3, Jtype=J; Ptype=V; ForceUpdate=J"),
)


@dataclasses.dataclass(frozen=True)
class Installation:
    """What is open while local mode runs."""

    directory: Path
    database_url: str
    issuer: DevelopmentIssuer
    registers: Registers
    told: told.Told
    pool: Pool

    @property
    def batch(self) -> Batch:
        """CPR Batch's actions on this installation."""
        hasher = NumberHasher(self.told.cpr_batch.audit.key)
        return Batch(self.pool, self.told.cpr_batch.cpr_batch, hasher=hasher)

    @property
    def world(self) -> Path:
        """The directory of the fictional persons; what the file server shows."""
        return self.registers.world

    @property
    def events_file(self) -> Path:
        """Where every event is written, one a line."""
        return self.directory / "events.jsonl"

    @property
    def person_file(self) -> Path:
        """A request about somebody to look up and import."""
        return self.directory / "person.json"

    @property
    def administrator_file(self) -> Path:
        """The password of the administrator."""
        return self.directory / trial.ADMINISTRATOR_FILE

    @property
    def client_file(self) -> Path:
        """What curl sends as the credentials of the trial client."""
        return self.directory / trial.FILE


@contextlib.asynccontextmanager
async def opened(directory: Path, *, base: int | None) -> AsyncIterator[Installation]:
    """Starts database and sandbox in ``directory``, brings the schema up to date and switches the modules on.

    ``base`` is the port above which the services will listen, None for any free ones; raises ``PortTaken``.
    """
    if base is not None:
        ensure_free(base)
    keys = Keys.kept_in(directory / "keys.json")
    ports = ports_from(base)
    with (
        embedded_server(directory / "postgres") as server_url,
        registers(directory, keys, control_port=ports[Place.SANDBOX]) as running,
    ):
        url = ensure_database(server_url)
        migrate(url)
        everybody = told.everybody(directory, url, keys, running, ports)
        async with open_pool(url) as pool:
            async with pool.acquire() as connection:
                await _switch_on(connection)
            await trial.register(pool, everybody.console, keys)
            trial.keep_credentials(directory / trial.FILE, keys.client_secret)
            private_files.write(directory / trial.ADMINISTRATOR_FILE, f"{keys.administrator_password}\n")
            yield Installation(
                directory, url, DevelopmentIssuer(keys.development_key), running, everybody, pool
            )


async def _switch_on(connection: Connection) -> None:
    await ensure_partitions(connection)
    for feature in Feature:
        await features.switch(connection, feature, enabled=True, by=LOCAL)
    for source in SOURCES:
        await sources.save(connection, source, by=LOCAL)
