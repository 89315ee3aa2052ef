"""Commands on the contact types."""

from typing import Annotated, Any

import typer
from registerbro.configuration import contact_types
from registerbro.configuration.contact_types import TypeShown
from registerbro.contact_types import Validation
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, show

from console.cli.common import caller, end
from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import ContactTypeOut

app = typer.Typer()
group = typer.Typer(help="The contact types.", no_args_is_help=True)
app.add_typer(group, name="types")
Code = Annotated[str, typer.Argument(help="The type's code, as J.")]
Title = Annotated[str | None, typer.Option(help="What people call it.")]
Text = Annotated[str | None, typer.Option(help="What it is for.")]
AutoId = Annotated[bool | None, typer.Option("--auto-id/--no-auto-id", help="Numbers are counted up.")]
Length = Annotated[int | None, typer.Option(min=1, help="Characters of a number.")]
Rule = Annotated[Validation | None, typer.Option("--validation", help="What its numbers must be.")]


@group.command("list")
def list_types(as_json: Json = False) -> None:
    """List the contact types."""

    async def work(opened: Opened[SecretsAndStore]) -> list[TypeShown]:
        return await contact_types.page(opened.connection)

    _show(do(SecretsAndStore, work), as_json)


@group.command()
def add(
    code: Code,
    title: Annotated[str, typer.Option(help="What people call it.")],
    text: Annotated[str, typer.Option(help="What it is for.")] = "",
    auto_id: Annotated[bool, typer.Option("--auto-id", help="Numbers are counted up.")] = False,
    length: Length = None,
    validation: Rule = None,
    as_json: Json = False,
) -> None:
    """Add a contact type of one's own."""
    values = {"title": title, "text": text, "auto_id": auto_id, "length": length, "validation": validation}

    async def work(opened: Opened[SecretsAndStore]) -> list[TypeShown]:
        return [await contact_types.add(opened.connection, code, values, by=caller())]

    _show(do(SecretsAndStore, work), as_json)


@group.command()
def change(
    code: Code,
    title: Title = None,
    text: Text = None,
    auto_id: AutoId = None,
    length: Length = None,
    validation: Rule = None,
    any_length: Annotated[bool, typer.Option("--any-length", help="No length is set.")] = False,
    no_validation: Annotated[bool, typer.Option("--no-validation", help="Numbers may be anything.")] = False,
    as_json: Json = False,
) -> None:
    """Change what is said of a contact type."""
    said = {"title": title, "text": text, "auto_id": auto_id, "length": length, "validation": validation}
    changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    changes |= ({"length": None} if any_length else {}) | ({"validation": None} if no_validation else {})
    if not changes:
        end("nothing to change; see --help", BAD_USE)

    async def work(opened: Opened[SecretsAndStore]) -> list[TypeShown]:
        return [await contact_types.change(opened.connection, code, changes, by=caller())]

    _show(do(SecretsAndStore, work), as_json)


@group.command()
def remove(code: Code) -> None:
    """Remove a contact type that nothing uses."""

    async def work(opened: Opened[SecretsAndStore]) -> None:
        await contact_types.remove(opened.connection, code, by=caller())

    do(SecretsAndStore, work)
    typer.echo(f"{code} is removed")


def _show(types: list[TypeShown], as_json: bool) -> None:
    views = [ContactTypeOut.model_validate(each, from_attributes=True) for each in types]
    rows = [
        (each.name_type, each.title, "yes" if each.auto_id else "no", each.length, each.validation)
        for each in views
    ]
    show(views, as_json, ("type", "title", "auto id", "length", "validation"), rows)
