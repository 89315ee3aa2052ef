"""The command ``registerbro-sandbox``: fictional persons and companies, what happens to them, and the servers that tell of them.

A directory holds a world: its first extract, its change files and a hidden list of what has happened. Exit code 1 means that
the command could not do its work, 2 that it was called or configured wrongly.
"""

import typer
from registerbro.settings import effective, load_or_exit
from registerbro.telemetry import configure_logging

from registerbro_sandbox.commands import (
    companies,
    controls,
    datafordeler,
    direct,
    direct_faults,
    logic,
    world,
)
from registerbro_sandbox.commands.common import fail
from registerbro_sandbox.ftp import CertificateUnusable
from registerbro_sandbox.health import UNHEALTHY, check
from registerbro_sandbox.serving import serve as serve_until_stopped
from registerbro_sandbox.settings import SandboxSettings

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
app.add_typer(world.app)
app.add_typer(controls.app)
app.add_typer(controls.faults, name="fault")
direct.app.add_typer(direct_faults.app, name="fault")
app.add_typer(direct.app, name="direct")
app.add_typer(companies.app, name="companies")
app.add_typer(logic.app, name="logic")
app.add_typer(datafordeler.app, name="datafordeler")


@app.command()
def serve() -> None:
    """Serve as the registers' servers do, the directory by FTP and, if they are configured, SFTP, CPR Direkte and KMD Logic, until SIGTERM.

    Configured by the environment, secret files or appsettings.json; `registerbro-sandbox config` lists the settings.
    """
    settings = load_or_exit(SandboxSettings)
    configure_logging(settings.log, service="sandbox")
    try:
        serve_until_stopped(settings.sandbox)
    except (OSError, ValueError, CertificateUnusable) as error:
        fail(f"the sandbox cannot start: {error}")


@app.command()
def health() -> None:
    """Log on to each running server as a client does; exit code 1 and the reason if that fails."""
    try:
        check(load_or_exit(SandboxSettings).sandbox)
    except UNHEALTHY as error:
        fail(f"a server does not answer as it should: {error}")


@app.command()
def config() -> None:
    """Print the settings in force, secrets masked."""
    for name, value in effective(load_or_exit(SandboxSettings)):
        typer.echo(f"{name}={value}")


def main() -> None:
    """Runs the command."""
    app(prog_name="registerbro-sandbox")


if __name__ == "__main__":
    main()
