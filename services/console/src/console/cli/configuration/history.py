"""The command on the configuration's history."""

from typing import Annotated

import typer
from registerbro.configuration import history
from registerbro.configuration.history import Change
from registerbro.ids import LAST_ID
from registerbro.terminal import Json, show

from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import ConfigurationChangeOut

app = typer.Typer()


@app.command("history")
def show_history(
    topic: Annotated[str | None, typer.Option(help="As feature, external-source, schedule.")] = None,
    name: Annotated[str | None, typer.Option(help="Of one thing, as CPR.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """Show who changed what, newest first."""

    async def work(opened: Opened[SecretsAndStore]) -> list[Change]:
        return await history.page(opened.connection, topic, name, before=LAST_ID, size=limit)

    views = [ConfigurationChangeOut.of(each) for each in do(SecretsAndStore, work)]
    rows = [
        (
            each.at,
            each.topic,
            each.name,
            each.action,
            each.acting_user or each.client,
            ", ".join(each.changes),
        )
        for each in views
    ]
    show(views, as_json, ("at", "topic", "name", "action", "by", "fields"), rows)
