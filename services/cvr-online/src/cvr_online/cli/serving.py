"""The service itself, and its settings."""

import typer
from registerbro.settings import effective, load_or_exit

from cvr_online.settings import PORT, CommandSettings, OnlineSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: HTTP API, bus and scheduled work."""
    from registerbro import serving  # noqa: PLC0415 (the other commands need no web framework, and start at once)

    from cvr_online.app import create_app  # noqa: PLC0415

    serving.run(create_app(load_or_exit(OnlineSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show what this process is told, secrets masked."""
    for name, value in effective(load_or_exit(CommandSettings)):
        typer.echo(f"{name}={value}")
