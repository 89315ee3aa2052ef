"""The service itself, and its settings."""

import typer
from registerbro.registers import configuring
from registerbro.registers.settings import CvrSettings
from registerbro.settings import effective, load_or_exit

from cvr_update.settings import PORT, CommandSettings, CvrUpdateSettings, UpdateServiceSettings

app = typer.Typer()
app.command("configure")(configuring.command({"cvr": CvrSettings, "cvr_update": CvrUpdateSettings}))


@app.command()
def serve() -> None:
    """Run the service: HTTP API, work on the queue, and scheduled work."""
    from registerbro import serving  # noqa: PLC0415 (the other commands need none of these)

    from cvr_update.app import create_app  # noqa: PLC0415

    serving.run(create_app(load_or_exit(UpdateServiceSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show what this process is told, secrets masked."""
    for name, value in effective(load_or_exit(CommandSettings)):
        typer.echo(f"{name}={value}")
