"""The configuration: what operators change while the services run. ``console config`` alone shows what this process is told."""

import typer
from registerbro.settings import effective, load_or_exit

from console.cli.configuration import (
    contact_types,
    features,
    history,
    schedules,
    services,
    settings,
    sources,
)
from console.settings import CommandSettings

app = typer.Typer()
group = typer.Typer(help="The configuration, and what this process is told.", no_args_is_help=False)
app.add_typer(group, name="config")
for topic in (features, contact_types, sources, schedules, settings, history, services):
    group.add_typer(topic.app)


@group.callback(invoke_without_command=True)
def config(context: typer.Context) -> None:
    """Without a command: show what this process is told, secrets masked."""
    if context.invoked_subcommand is None:
        for name, value in effective(load_or_exit(CommandSettings)):
            typer.echo(f"{name}={value}")
