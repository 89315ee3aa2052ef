"""The command ``registerbro``: what is done to the installation as a whole, not to one service.

Every command reads the settings of the environment (``REGISTERBRO_…``); exit code 2 means that they are wrong, 1 that the
command could not do its work.
"""

import asyncio
import contextlib
import datetime as dt
import enum
import getpass
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import psycopg
import typer
from cryptography.fernet import Fernet

from registerbro import auth, authorities, erasure_commands, features, settings, sources, telemetry
from registerbro.auth import Caller
from registerbro.bus import bindings as bus_bindings
from registerbro.bus import topology as bus_topology
from registerbro.bus.watching import watch
from registerbro.configuration import features as switches
from registerbro.configuration import history
from registerbro.configuration import sources as stored_sources
from registerbro.configuration.history import Action, Topic
from registerbro.contacts.model import SOURCE_CPR
from registerbro.cpr.authority import AUTHORITY_TYPES, AuthorityFileRefused, read_authorities
from registerbro.database import Connection, ensure_partitions, open_connection
from registerbro.database import migrate as apply_migrations
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.secrets import SecretsError, SecretStore
from registerbro.settings import IN_PROCESS, ProcessSettings, Settings, StoreSettings, effective, load_or_exit

T = TypeVar("T")
COMMAND_LINE = "command line"
app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
feature_app = typer.Typer(help="The modules' switches.", no_args_is_help=True)
secrets_app = typer.Typer(help="Secrets stored in the database.", no_args_is_help=True)
authorities_app = typer.Typer(help="Names of authorities, for places of birth.", no_args_is_help=True)
bindings_app = typer.Typer(help="Who gets which events on the in-process bus.", no_args_is_help=True)
source_app = typer.Typer(help="How data of the external sources are treated.", no_args_is_help=True)
app.add_typer(feature_app, name="feature")
app.add_typer(secrets_app, name="secrets")
app.add_typer(authorities_app, name="authorities")
app.add_typer(bindings_app, name="bindings")
app.add_typer(source_app, name="source")
app.add_typer(erasure_commands.app, name="erasures")


class SourceName(enum.StrEnum):
    """The sources whose parameters the commands know."""

    CPR = SOURCE_CPR


class SecretsOnly(StoreSettings):
    """What the commands on stored secrets need."""

    secrets: settings.StoredSecretsSettings


class BusOnly(ProcessSettings):
    """What the command on the bus needs."""

    bus: settings.BusSettings


class AuthOnly(ProcessSettings):
    """What the command on tokens needs."""

    auth: settings.AuthSettings


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date, with the partitions of the days to come. Safe to run from several places."""
    url = load_or_exit(StoreSettings).database.url.get_secret_value()
    for name in apply_migrations(url):
        typer.echo(f"applied {name}")
    asyncio.run(_on_store(ensure_partitions))
    typer.echo("the schema is up to date")


@app.command()
def config() -> None:
    """Show the settings that all services share, as they are in force, secrets masked."""
    for name, value in effective(load_or_exit(Settings)):
        typer.echo(f"{name}={value}")


@app.command()
def topology(
    compare: Annotated[bool, typer.Option(help="Also say what the broker lacks or has differently.")] = False,
) -> None:
    """Show the exchanges that publishing needs."""
    wanted = bus_topology.topology(())
    typer.echo(bus_topology.describe(wanted))
    if compare:
        url = load_or_exit(BusOnly).bus.url.get_secret_value()
        if url.startswith(IN_PROCESS):
            _fail("the bus is in-process: there is no broker to compare with")
        differences = asyncio.run(bus_topology.difference(url, wanted))
        typer.echo("\n".join(differences) or "the broker has all of it")


@app.command()
def events(
    pattern: Annotated[str, typer.Argument(help="AMQP topic pattern, as contact.* or cpr.#")] = "#",
    count: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
) -> None:
    """Show events as they pass over RabbitMQ, one JSON object a line, until Ctrl-C."""
    url = load_or_exit(BusOnly).bus.url.get_secret_value()
    if url.startswith(IN_PROCESS):
        _fail("the bus is in-process: there is no broker to listen to")

    async def show() -> None:
        shown = 0
        async with contextlib.aclosing(watch(url, pattern)) as passing:
            async for event in passing:
                typer.echo(event)
                shown += 1
                if shown == count:
                    return

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(show())


@app.command()
def token(
    scopes: Annotated[list[str], typer.Argument(help="Scopes, as batch:read batch:run.")],
    client: Annotated[str, typer.Option(help="The client that the token names.")] = "development",
    user: Annotated[str | None, typer.Option(help="The user that the client acts for.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 31, help="How long it lasts.")] = 1,
) -> None:
    """Mint a token with the development issuer's key. For development: production has another issuer."""
    configured = load_or_exit(AuthOnly).auth
    if configured.development_key is None:
        _fail("set REGISTERBRO_AUTH__DEVELOPMENT_KEY to the development issuer's private key")
    if unknown := sorted(set(scopes) - set(auth.Scope)):
        _fail(f"no such scope: {', '.join(unknown)}; there are {', '.join(auth.Scope)}")
    issuer = auth.DevelopmentIssuer(
        configured.development_key.get_secret_value(),
        issuer=configured.issuer,
        audience=configured.audience,
    )
    typer.echo(issuer.token(*scopes, client=client, user=user, lifetime=dt.timedelta(hours=hours)))


@feature_app.command("list")
def feature_list() -> None:
    """Show which modules are switched on."""
    for name, is_on in asyncio.run(_on_store(features.states)).items():
        typer.echo(f"{name}: {'on' if is_on else 'off'}")


@feature_app.command("on")
def feature_on(name: features.Feature) -> None:
    """Switch a module on."""
    _switch(name, enabled=True)


@feature_app.command("off")
def feature_off(name: features.Feature) -> None:
    """Switch a module off: its API answers feature-disabled, its jobs rest."""
    _switch(name, enabled=False)


@secrets_app.command("key")
def secrets_key() -> None:
    """Make a new key for REGISTERBRO_SECRETS__KEYS."""
    typer.echo(Fernet.generate_key().decode())


@secrets_app.command("rotate")
def secrets_rotate() -> None:
    """Encrypt every stored secret with the first of the configured keys."""
    store = SecretStore(load_or_exit(SecretsOnly).secrets.keys)

    async def rotate(connection: Connection) -> list[str]:
        async with history.changing(connection):
            names = await store.rotate(connection)
            changes = {"secrets": [None, len(names)]}
            await history.record(connection, Topic.SECRETS, "all", Action.ROTATED, _caller(), changes)
        return names

    names = asyncio.run(_on_store(rotate))
    typer.echo(": ".join([f"{len(names)} secrets encrypted anew", *filter(None, [", ".join(names)])]))


@authorities_app.command("load")
def authorities_load(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CPR's register of authorities, or CSV.")
    ],
) -> None:
    """Load the names of authorities; replaces those that were loaded before."""

    async def load(connection: Connection) -> int:
        return await authorities.replace_authorities(connection, read_authorities(file))

    typer.echo(f"{asyncio.run(_on_store(load))} authorities loaded")


@authorities_app.command("show")
def authorities_show(
    code: Annotated[str, typer.Argument(help="Four digits.")],
) -> None:
    """Show what an authority is and was called, oldest first; an open beginning or end shows as a dash."""
    found = asyncio.run(_on_store(lambda connection: authorities.history(connection, code)))
    if not found:
        _fail(
            f"no authority {code} is loaded" if re.fullmatch("[0-9]{4}", code) else "a code has four digits"
        )
    for each in found:
        kind = AUTHORITY_TYPES.get(each.type)
        told = f"{kind.danish} / {kind.english}" if kind else f"type {each.type or '-'}"
        typer.echo(f"{each.code}  {each.valid_from or '-'}  {each.valid_to or '-'}  {told}  {each.name}")


@bindings_app.command("list")
def bindings_list() -> None:
    """Show the consumers, how many events wait for each, and what they get."""
    for bound in asyncio.run(_on_store(bus_bindings.bindings_with_backlog)):
        patterns = " ".join(bound.binding.patterns)
        typer.echo(f"{bound.binding.consumer}: {bound.waiting} waiting; {patterns}")


@bindings_app.command("forget")
def bindings_forget(
    consumer: Annotated[str, typer.Argument(help="Its name, as cpr-direct.subscriptions.")],
) -> None:
    """Forget a consumer that is gone for good, with the events that wait for it."""

    async def forget(connection: Connection) -> int:
        return await bus_bindings.forget_binding(connection, consumer)

    try:
        dropped = asyncio.run(_on_store(forget))
    except bus_bindings.NotBound:
        _fail("no consumer of that name is bound")
    typer.echo(f"{consumer} is forgotten, and {dropped} events that waited for it")


@source_app.command("show")
def source_show(name: SourceName) -> None:
    """Show a source's parameters as they are stored, and what is in force with them."""
    source = asyncio.run(_on_store(lambda connection: sources.load(connection, "CPR")))
    typer.echo(f"{name}: {source}" if str(source) else f"{name}: no parameters")
    typer.echo(f"an import subscribes: {'yes' if source.subscription else 'no'}")
    typer.echo(f"the register overrides addresses changed by hand: {'yes' if source.force_update else 'no'}")
    typer.echo(f"contact type of guardians without a number: {source.guardian_name_type}")
    delivered = ", ".join(sorted(source.record_types)) if source.record_types else "all"
    typer.echo(f"record types delivered: {delivered}")


@source_app.command("set")
def source_set(
    name: SourceName,
    parameters: Annotated[str, typer.Argument(help="As 'Subscription=1;ForceUpdate=J'.")],
) -> None:
    """Store a source's parameters in place of all that were there."""

    async def save(connection: Connection) -> bool:
        before = str(await sources.load(connection, "CPR"))
        wish = stored_sources.Wish(parameters=parameters)
        shown = await stored_sources.change(
            connection, SecretStore(()), stored_sources.SourceName.CPR, wish, by=_caller()
        )
        return str(shown.source) != before

    changed = asyncio.run(_on_store(save))
    typer.echo(f"{name} is {'now' if changed else 'already'} set so")


def _switch(feature: features.Feature, *, enabled: bool) -> None:
    async def switch(connection: Connection) -> bool:
        return await switches.switch(connection, feature, enabled=enabled, by=_caller())

    changed = asyncio.run(_on_store(switch))
    typer.echo(f"{feature} is {'now' if changed else 'already'} {'on' if enabled else 'off'}")


def _caller() -> Caller:
    """Who runs the command: the user of this machine, by name."""
    return Caller(COMMAND_LINE, getpass.getuser(), frozenset())


async def _on_store(work: Callable[[Connection], Awaitable[T]]) -> T:
    url = load_or_exit(StoreSettings).database.url.get_secret_value()
    async with open_connection(url) as connection:
        return await work(connection)


def _fail(reason: str) -> NoReturn:
    typer.echo(f"registerbro: {reason}", err=True)
    raise typer.Exit(1)


EXPECTED = (
    OSError, asyncpg.PostgresError, asyncpg.InterfaceError, psycopg.Error, Problem, SecretsError, AuthorityFileRefused, ValueError,
)  # fmt: skip


def main() -> None:
    """Runs the command; an expected failure is one line, not a traceback."""
    telemetry.configure_logging(settings.LogSettings(), service="registerbro")
    try:
        app(standalone_mode=True)
    except EXPECTED as error:
        typer.echo(f"registerbro: {scrub(str(error)).strip() or type(error).__name__}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
