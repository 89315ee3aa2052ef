"""The service itself, and its settings."""

import typer
from registerbro import serving
from registerbro.settings import effective, load_or_exit, variable

from cpr_batch.settings import PORT, BatchSettings, CommandSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: HTTP API, bus and scheduled work."""
    from cpr_batch.app import create_app  # noqa: PLC0415 - the other commands need not wait for it

    serving.run(create_app(load_or_exit(BatchSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show what this process is told, secrets masked; what is stored is shown by `cpr-batch settings`."""
    settings = load_or_exit(CommandSettings)
    for name, value in effective(settings):
        typer.echo(f"{name}={value}")
    for section, given in settings.cpr_batch.incomplete.items():
        for name, value in given.items():
            typer.echo(f"{variable(('cpr_batch', section, name))}={value}")
