"""Commands on the external sources. A password comes by standard input, never on the command line."""

import sys
from typing import Annotated

import typer
from pydantic import SecretStr
from registerbro.configuration import sources
from registerbro.configuration.sources import KEEP, PASSWORD, SourceName, SourceShown, Wish
from registerbro.parameters import ParametersMalformed, ParameterString
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, print_json, show

from console.cli.common import caller, end
from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import source_out

app = typer.Typer()
group = typer.Typer(help="The external sources.", no_args_is_help=True)
app.add_typer(group, name="sources")


@group.command("list")
def list_sources(as_json: Json = False) -> None:
    """List the sources with their parameters."""

    async def work(opened: Opened[SecretsAndStore]) -> list[SourceShown]:
        return [await sources.show(opened.connection, opened.secrets, name) for name in SourceName]

    views = [source_out(each) for each in do(SecretsAndStore, work)]
    rows = [(each.source, each.parameters, each.changed_at, each.changed_by) for each in views]
    show(views, as_json, ("source", "parameters", "changed", "by"), rows)


@group.command("set")
def set_source(
    name: SourceName,
    parameters: Annotated[
        str | None, typer.Argument(help="As 'Subscription=1;ForceUpdate=J'; none: those that are there stay.")
    ] = None,
    password: Annotated[
        bool, typer.Option("--password-from-input", help="Read CVR's password from standard input.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget-password", help="Forget CVR's password.")] = False,
    as_json: Json = False,
) -> None:
    """Store a source's parameters in place of all that were there, or its password."""
    if (password or forget) and name is not SourceName.CVR:
        end(f"{name} has no password among its parameters", BAD_USE)
    if parameters is not None and _has_password(parameters):
        end("a password must not stand on the command line: use --password-from-input", BAD_USE)
    told = _read_password() if password else None if forget else KEEP
    wish = Wish(parameters=parameters, password=told)

    async def work(opened: Opened[SecretsAndStore]) -> SourceShown:
        return await sources.change(opened.connection, opened.secrets, name, wish, by=caller())

    view = source_out(do(SecretsAndStore, work))
    if as_json:
        print_json(view)
    else:
        typer.echo(f"{view.source}: {view.parameters or 'no parameters'}")


def _has_password(parameters: str) -> bool:
    try:
        return ParameterString.parse(parameters).get(PASSWORD) is not None
    except ParametersMalformed:
        return False  # it is refused with the reason


def _read_password() -> SecretStr:
    if sys.stdin.isatty():
        return SecretStr(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    return SecretStr(sys.stdin.readline().rstrip("\r\n"))
