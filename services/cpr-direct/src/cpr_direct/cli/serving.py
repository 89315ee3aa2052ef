"""The service itself, and its settings."""

import typer
from registerbro import serving
from registerbro.settings import effective, load_or_exit

from cpr_direct.settings import PORT, CommandSettings, DirectSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: HTTP API, bus and scheduled work."""
    from cpr_direct.app import create_app  # noqa: PLC0415 - the other commands need not wait for it

    serving.run(create_app(load_or_exit(DirectSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show what this process is told, secrets masked."""
    for name, value in effective(load_or_exit(CommandSettings)):
        typer.echo(f"{name}={value}")
