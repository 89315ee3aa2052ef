"""The service itself."""

import typer
from registerbro import serving
from registerbro.settings import load_or_exit

from console.app import create_app
from console.settings import PORT, AppSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: HTTP API and scheduled work."""
    serving.run(create_app(load_or_exit(AppSettings)), port=PORT)
