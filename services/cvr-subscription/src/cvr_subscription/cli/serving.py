"""The service itself, and its settings."""

import typer
from registerbro.registers import configuring
from registerbro.registers.settings import CvrSettings
from registerbro.settings import effective, load_or_exit

from cvr_subscription.settings import (
    PORT,
    CommandSettings,
    CvrSubscriptionSettings,
    SubscriptionServiceSettings,
)

app = typer.Typer()
app.command("configure")(
    configuring.command({"cvr": CvrSettings, "cvr_subscription": CvrSubscriptionSettings})
)


@app.command()
def serve() -> None:
    """Run the service: HTTP API, bus, subscriptions and scheduled work."""
    from registerbro import serving  # noqa: PLC0415 (the other commands start in half the time without these)

    from cvr_subscription.app import create_app  # noqa: PLC0415

    serving.run(create_app(load_or_exit(SubscriptionServiceSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show what this process is told, secrets masked."""
    for name, value in effective(load_or_exit(CommandSettings)):
        typer.echo(f"{name}={value}")
