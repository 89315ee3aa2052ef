"""Commands on the modules' switches."""

import typer
from registerbro.configuration import features
from registerbro.configuration.features import Switch
from registerbro.features import Feature
from registerbro.terminal import Json, show

from console.cli.common import caller
from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import FeatureOut

app = typer.Typer()
group = typer.Typer(help="The modules' switches.", no_args_is_help=True)
app.add_typer(group, name="features")


@group.command("list")
def list_features(as_json: Json = False) -> None:
    """List the modules."""

    async def work(opened: Opened[SecretsAndStore]) -> list[Switch]:
        return await features.page(opened.connection)

    _show(do(SecretsAndStore, work), as_json)


@group.command()
def on(feature: Feature, as_json: Json = False) -> None:
    """Switch a module on."""
    _switch(feature, True, as_json)


@group.command()
def off(feature: Feature, as_json: Json = False) -> None:
    """Switch a module off: its API answers feature-disabled, its jobs rest."""
    _switch(feature, False, as_json)


def _switch(feature: Feature, enabled: bool, as_json: bool) -> None:
    async def work(opened: Opened[SecretsAndStore]) -> list[Switch]:
        await features.switch(opened.connection, feature, enabled=enabled, by=caller())
        return await features.page(opened.connection)

    _show([each for each in do(SecretsAndStore, work) if each.feature is feature], as_json)


def _show(switches: list[Switch], as_json: bool) -> None:
    views = [FeatureOut.of(each) for each in switches]
    rows = [
        (
            each.feature,
            "on" if each.enabled else "off",
            f"rests: {each.rests_for} is off" if each.rests_for else "",
            each.changed_at,
            each.changed_by,
        )
        for each in views
    ]
    show(views, as_json, ("module", "is", "", "changed", "by"), rows)
