"""The service itself, and its settings."""

import typer
from registerbro import serving
from registerbro.settings import effective, load_or_exit

from cpr_direct.app import create_app
from cpr_direct.settings import PORT, CommandSettings, DirectSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: HTTP API, bus and scheduled work."""
    serving.run(create_app(load_or_exit(DirectSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show what this process is told, secrets masked."""
    for name, value in effective(load_or_exit(CommandSettings)):
        typer.echo(f"{name}={value}")
