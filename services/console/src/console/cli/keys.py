"""Commands about the keys that sign tokens."""

from collections.abc import Sequence
from typing import Annotated

import typer
from registerbro.database import Pool
from registerbro.terminal import Json, show

from console.cli.common import caller, do
from console.oauth2.issuing import Issuer
from console.oauth2.keys import PublishedKey
from console.views import KeyOut

app = typer.Typer()
group = typer.Typer(help="The keys that sign tokens.", no_args_is_help=True)
app.add_typer(group, name="keys")


@group.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys that tokens are signed with, now or soon, newest first."""

    async def work(issuer: Issuer, _: Pool) -> Sequence[PublishedKey]:
        return await issuer.keys.published()

    _show(do(work), as_json)


@group.command()
def rotate(
    revokes: Annotated[
        bool,
        typer.Option(
            "--revoke-others",
            help="It signs at once, and no token that the others signed is accepted any more.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish a new key, which takes over after the configured notice."""

    async def work(issuer: Issuer, _: Pool) -> Sequence[PublishedKey]:
        await issuer.keys.rotate(by=caller(), revokes=revokes)
        return await issuer.keys.published()

    _show(do(work), as_json)


def _show(keys: Sequence[PublishedKey], as_json: bool) -> None:
    views = [KeyOut.of(each) for each in keys]
    rows = [(each.kid, each.created_at, each.signs_from, each.published_until) for each in views]
    show(views, as_json, ("key", "made", "signs from", "published until"), rows)
