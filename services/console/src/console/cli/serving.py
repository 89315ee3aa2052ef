"""The service itself."""

import typer
from registerbro import serving
from registerbro.settings import load_or_exit

from console.settings import PORT, AppSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: HTTP API and scheduled work."""
    from console.app import create_app  # noqa: PLC0415 - the other commands need not wait for it

    serving.run(create_app(load_or_exit(AppSettings)), port=PORT)
