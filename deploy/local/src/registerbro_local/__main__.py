"""The command ``registerbro-local``: all of Registerbro on this machine, in one process, with nothing to configure.

Exit code 0: done; 1: it could not be done, and the last line says why; 2: called wrongly.
"""

import asyncio
import contextlib
import datetime as dt
import os
from pathlib import Path
from typing import Annotated

import typer
from console.api import SCOPES as CONSOLE_SCOPES
from cpr_batch.api import SCOPES as BATCH_SCOPES
from cpr_direct.api import SCOPES as DIRECT_SCOPES
from cvr_online.api import SCOPES as ONLINE_SCOPES
from cvr_subscription.api import SCOPES as SUBSCRIPTION_SCOPES
from cvr_update.api import SCOPES as UPDATE_SCOPES
from registerbro import telemetry
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.settings import LogSettings
from registerbro.settings.models import PREFIX
from registerbro_sandbox.control import SCOPES as SANDBOX_SCOPES

from registerbro_local import demo as showing
from registerbro_local import run as running
from registerbro_local.errors import LocalError, NoSuchScope, NotInstalled
from registerbro_local.keys import Keys
from registerbro_local.ports import BASE, LAST_BASE

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Directory = Annotated[Path, typer.Option(help="Where the data stand.", resolve_path=True)]
HERE = Path(".registerbro")
TABLES = (
    CONSOLE_SCOPES,
    DIRECT_SCOPES,
    BATCH_SCOPES,
    ONLINE_SCOPES,
    SUBSCRIPTION_SCOPES,
    UPDATE_SCOPES,
    SANDBOX_SCOPES,
)
TOKEN_LIFE = dt.timedelta(hours=12)


@app.command()
def run(
    directory: Directory = HERE,
    port: Annotated[
        int,
        typer.Option(
            min=1,
            max=LAST_BASE,
            help="The console listens there, the other services at the five ports above.",
        ),
    ] = BASE,
    persons: Annotated[int, typer.Option(min=1, help="Size of the first extract.")] = running.PERSONS,
) -> None:
    """Start database, sandbox and services; import generated persons first; go on until Ctrl-C."""
    _prepare()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(running.run(directory, base=port, persons=persons))
    except LocalError as error:
        _fail(error)
    typer.echo("Registerbro has ended.")


@app.command()
def demo() -> None:
    """Show the whole story: an extract, a change file, then one person online. In a store of its own, gone afterwards."""
    _prepare()
    try:
        asyncio.run(showing.demo())
    except LocalError as error:
        _fail(error)


@app.command()
def token(
    scopes: Annotated[
        list[str] | None, typer.Argument(help="Scopes; those of all routes by default.")
    ] = None,
    directory: Directory = HERE,
) -> None:
    """Print a bearer token for the services that `run` started."""
    keys = directory / "keys.json"
    if not keys.exists():
        _fail(NotInstalled(directory))
    if unknown := sorted(set(scopes or ()) - set(Scope)):
        _fail(NoSuchScope(unknown))
    issuer = DevelopmentIssuer(Keys.kept_in(keys).development_key)
    every = {scope for table in TABLES for scope in table.values() if scope}
    typer.echo(issuer.token(*(scopes or sorted(every)), lifetime=TOKEN_LIFE))


def _prepare() -> None:
    """Local mode is told nothing by the environment, and logs only what needs attention."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    telemetry.configure_logging(LogSettings(level="warning", form="text"), service="local")


def _fail(error: LocalError) -> None:
    typer.echo(str(error), err=True)
    raise typer.Exit(1)


def main() -> None:
    """Runs the command."""
    app(prog_name="registerbro-local")


if __name__ == "__main__":
    main()
