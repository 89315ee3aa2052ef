"""The command on services that are gone."""

from typing import Annotated

import typer
from registerbro.configuration import in_force
from registerbro.presentation import FAILED

from console.cli.common import caller, end
from console.cli.configuration.common import Opened, SecretsAndStore, do

app = typer.Typer()


@app.command("forget-service")
def forget_service(name: Annotated[str, typer.Argument(help="As cpr-batch.")]) -> None:
    """Forget what a service that is gone for good was told, and its jobs. One that runs notes both at its next start."""

    async def work(opened: Opened[SecretsAndStore]) -> bool:
        return await in_force.forget_service(opened.connection, name, by=caller())

    if not do(SecretsAndStore, work):
        end("no service of that name has started here", FAILED)
    typer.echo(f"{name} is forgotten")
