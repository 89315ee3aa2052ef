"""Commands on the subscription policy and on retention times."""

from typing import Annotated, TypeAlias

import typer
from registerbro.configuration import settings
from registerbro.configuration.groups import POLICY, RETENTION, Group
from registerbro.configuration.settings import Shown, Wish
from registerbro.presentation import BAD_USE
from registerbro.settings import AuditSettings, EventSettings, SubscriptionSettings
from registerbro.terminal import Json, print_json, table

from console.cli.common import caller, end
from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import SettingsOut

app = typer.Typer()
Values: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="NAME=VALUE…", help="Nothing after = means none.")
]
Names: TypeAlias = Annotated[list[str], typer.Argument(metavar="NAME…")]


class PolicyTold(SecretsAndStore):
    """What the commands on the policy are told."""

    subscriptions: SubscriptionSettings = SubscriptionSettings()


class RetentionTold(SecretsAndStore):
    """What the commands on retention times are told."""

    audit: AuditSettings
    events: EventSettings = EventSettings()


def _commands(name: str, group: Group, kind: type[SecretsAndStore], about: str) -> None:
    commands = typer.Typer(help=about, no_args_is_help=True)
    app.add_typer(commands, name=name)

    @commands.command("show")
    def show_settings(as_json: Json = False) -> None:
        """Show every setting, what is in force, and why it cannot be changed where it cannot."""

        async def work(opened: Opened[SecretsAndStore]) -> Shown:
            return await settings.show(opened.connection, opened.settings, group)

        _show(do(kind, work), as_json)

    @commands.command("set")
    def set_values(values: Values, as_json: Json = False) -> None:
        """Store values, all or none."""
        _change(Wish(values=dict(map(_pair, values))), as_json)

    @commands.command()
    def unset(names: Names, as_json: Json = False) -> None:
        """Forget stored values: what the service is told counts again."""
        _change(Wish(unset=names), as_json)

    def _change(wish: Wish, as_json: bool) -> None:
        async def work(opened: Opened[SecretsAndStore]) -> Shown:
            return await settings.change(opened.connection, opened.settings, group, wish, by=caller())

        _show(do(kind, work), as_json)


def _pair(text: str) -> tuple[str, str | None]:
    name, sign, value = text.partition("=")
    if not sign:
        end("give NAME=VALUE; see --help", BAD_USE)
    return name, value or None


def _show(shown: Shown, as_json: bool) -> None:
    view = SettingsOut.of(shown, ())
    if as_json:
        print_json(view)
        return
    rows = [
        (
            each.name,
            "none" if each.value is None else each.value,
            each.default,
            "; ".join(f"fixed by {fixed.fixed_by} of {fixed.service}" for fixed in each.fixed)
            or each.changed_by,
        )
        for each in view.settings
    ]
    typer.echo(table(("setting", "value", "default", "changed by"), rows))


_commands("policy", POLICY, PolicyTold, "Whom CPR subscribes for us, and how it is told.")
_commands("retention", RETENTION, RetentionTold, "How long the audit log and events are kept.")
