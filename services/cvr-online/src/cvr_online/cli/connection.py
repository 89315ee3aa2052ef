"""Commands about the way to CVR's provider."""

import typer
from registerbro.presentation import FAILED
from registerbro.terminal import Json, print_json, show, table

from cvr_online import checking
from cvr_online.cli.common import do
from cvr_online.online import Online
from cvr_online.views.connection import CertificateOut

app = typer.Typer()
MARKS = {True: "ok", False: "FAILED", None: "-"}


@app.command("test")
def try_connection(as_json: Json = False) -> None:
    """Test the connection step by step: settings, name, network, encryption, authorisation, a sample call, store."""
    found = do(checking.check)
    rows = [
        (step.name, MARKS[step.is_ok], step.failure.detail if step.failure else step.remark or "")
        for step in found.steps
    ]
    show(found, as_json, ("step", "result", "reason or remark"), rows)
    if not found.is_ok:
        raise typer.Exit(FAILED)


@app.command()
def certificate(as_json: Json = False) -> None:
    """Show how our certificate stands. Exit code 1 where somebody has to look into it."""

    async def work(online: Online) -> CertificateOut:
        return await checking.certificate(online)

    found = do(work)
    if as_json:
        print_json(found)
    else:
        facts = found.model_dump(mode="json")
        rows = [(name.replace("_", " "), value) for name, value in facts.items() if value is not None]
        typer.echo(table(("fact", "value"), rows))
    if not found.is_fine:
        raise typer.Exit(FAILED)
