"""Commands about clients: list, add, show, change, enable, disable, new secret, history, remove."""

import datetime as dt
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from registerbro.auth import Scope
from registerbro.database import Pool
from registerbro.ids import LAST_ID
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, print_json, show, table

from console import fields, history
from console.cli.common import caller, do, end
from console.history import Change, Topic
from console.oauth2.clients import BATCH_USER, LONGEST_OVERLAP, Client, Profile
from console.oauth2.issuing import Issuer
from console.views import ChangeOut, ClientOut, ClientWithSecret

app = typer.Typer()
group = typer.Typer(help="The client applications that get tokens.", no_args_is_help=True)
app.add_typer(group, name="clients")
PAGE = 1000


def _checked(check: Callable[[str], str]) -> Callable[[str | None], str | None]:
    def callback(text: str | None) -> str | None:
        try:
            return text if text is None else check(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return callback


NewId = Annotated[
    str, typer.Argument(callback=_checked(fields.client_id), help="Without a space; never changed.")
]
Id = Annotated[str, typer.Argument(help="The client's id.")]
Scopes = Annotated[list[Scope] | None, typer.Option("--scope", help="What its tokens may permit; several.")]
ActsAs = Annotated[
    str | None,
    typer.Option(
        callback=_checked(fields.account),
        help=f"The user that it acts for, as {BATCH_USER} for CVR Update; none: for itself.",
    ),
]
Named = Annotated[
    str | None, typer.Option("--name", callback=_checked(fields.account), help="What people call it.")
]
FromInput = Annotated[
    bool,
    typer.Option("--secret-from-input", help="Read the secret from standard input; else one is generated."),
]
Browser = Annotated[bool | None, typer.Option("--browser/--no-browser", help="Kept, not used.")]
Offline = Annotated[bool | None, typer.Option("--offline/--no-offline", help="Kept, not used.")]
Pkce = Annotated[bool | None, typer.Option("--pkce/--no-pkce", help="Kept, not used.")]


@group.command("list")
def list_clients(as_json: Json = False) -> None:
    """List the clients."""

    async def work(issuer: Issuer, _: Pool) -> list[Client]:
        found: list[Client] = []
        while page := await issuer.clients.page(after=found[-1].client_id if found else "", size=PAGE):
            found += page
        return found

    views = [ClientOut.of(each) for each in do(work)]
    rows = [
        (each.client_id, each.name, "yes" if each.enabled else "no", each.acts_as, " ".join(each.scopes))
        for each in views
    ]
    show(views, as_json, ("client", "name", "enabled", "acts as", "scopes"), rows)


@group.command()
def add(
    client_id: NewId,
    name: Named = None,
    scopes: Scopes = None,
    acts_as: ActsAs = None,
    from_input: FromInput = False,
    disabled: Annotated[bool, typer.Option("--disabled", help="Not to be used yet.")] = False,
    browser: Browser = None,
    offline: Offline = None,
    pkce: Pkce = None,
    as_json: Json = False,
) -> None:
    """Register a client. Its secret is printed now and never again."""
    said = _said(name=name or client_id, scopes=scopes, acts_as=acts_as, **_flags(browser, offline, pkce))
    profile = Profile(enabled=not disabled, **said)
    secret = _read_secret() if from_input else None

    async def work(issuer: Issuer, _: Pool) -> tuple[Client, SecretStr]:
        return await issuer.clients.add(client_id, profile, secret=secret, by=caller())

    _show_secret(*do(work), is_known=from_input, as_json=as_json)


@group.command("show")
def show_client(client_id: Id, as_json: Json = False) -> None:
    """Show a client, without its secret."""

    async def work(issuer: Issuer, _: Pool) -> Client:
        return await issuer.clients.get(client_id)

    _show(do(work), as_json)


@group.command()
def change(
    client_id: Id,
    name: Named = None,
    scopes: Scopes = None,
    acts_as: ActsAs = None,
    acts_for_itself: Annotated[bool, typer.Option("--acts-for-itself", help="For no user.")] = False,
    browser: Browser = None,
    offline: Offline = None,
    pkce: Pkce = None,
    as_json: Json = False,
) -> None:
    """Change what is said; the scopes all together."""
    changes = _said(name=name, scopes=scopes, acts_as=acts_as, **_flags(browser, offline, pkce))
    if acts_for_itself:
        changes["acts_as"] = None
    if not changes:
        end("nothing to change; see --help", BAD_USE)
    _change(client_id, changes, as_json)


@group.command()
def enable(client_id: Id, as_json: Json = False) -> None:
    """Let a client get tokens."""
    _change(client_id, {"enabled": True}, as_json)


@group.command()
def disable(client_id: Id, as_json: Json = False) -> None:
    """Give a client no more tokens; those that it has are accepted until they expire."""
    _change(client_id, {"enabled": False}, as_json)


@group.command()
def secret(
    client_id: Id,
    overlap_hours: Annotated[
        int,
        typer.Option(
            min=0,
            max=round(LONGEST_OVERLAP.total_seconds() / 3600),
            help="How long the present secret is accepted beside the new one.",
        ),
    ] = 0,
    from_input: FromInput = False,
    as_json: Json = False,
) -> None:
    """Give a client a new secret. It is printed now and never again."""
    given = _read_secret() if from_input else None
    overlap = dt.timedelta(hours=overlap_hours)

    async def work(issuer: Issuer, _: Pool) -> tuple[Client, SecretStr]:
        return await issuer.clients.change_secret(client_id, secret=given, overlap=overlap, by=caller())

    _show_secret(*do(work), is_known=from_input, as_json=as_json)


@group.command("history")
def show_history(client_id: Id, as_json: Json = False) -> None:
    """Show who changed a client, newest first; also one that was removed."""

    async def work(_: Issuer, pool: Pool) -> list[Change]:
        return await history.page(pool, Topic.CLIENT, client_id, before=LAST_ID, size=PAGE)

    views = [ChangeOut.of(each) for each in do(work)]
    rows = [
        (each.at, each.action, each.client, each.acting_user, ", ".join(sorted(each.changes)))
        for each in views
    ]
    show(views, as_json, ("at", "action", "by", "user", "fields"), rows)


@group.command()
def remove(client_id: Id) -> None:
    """Remove a client; its history stays, and tokens that it has are accepted until they expire."""

    async def work(issuer: Issuer, _: Pool) -> None:
        await issuer.clients.remove(client_id, by=caller())

    do(work)
    typer.echo(f"{client_id} is removed")


def _change(client_id: str, changes: dict[str, Any], as_json: bool) -> None:
    async def work(issuer: Issuer, _: Pool) -> Client:
        return await issuer.clients.change(client_id, changes, by=caller())

    _show(do(work), as_json)


def _said(*, scopes: list[Scope] | None, **values: Any) -> dict[str, Any]:
    given = values | {"scopes": None if scopes is None else frozenset(scopes)}
    return {field: value for field, value in given.items() if value is not None}


def _flags(browser: bool | None, offline: bool | None, pkce: bool | None) -> dict[str, bool | None]:
    return {"allows_browser": browser, "allows_offline": offline, "requires_pkce": pkce}


def _read_secret() -> SecretStr:
    if sys.stdin.isatty():
        return SecretStr(typer.prompt("secret", hide_input=True, confirmation_prompt=True, err=True))
    return SecretStr(sys.stdin.readline().rstrip("\r\n"))


def _show(client: Client, as_json: bool) -> None:
    view = ClientOut.of(client)
    if as_json:
        print_json(view)
    else:
        typer.echo(table(("fact", "value"), _facts(view)))


def _show_secret(client: Client, secret: SecretStr, *, is_known: bool, as_json: bool) -> None:
    """What somebody typed is not printed again."""
    if is_known:
        _show(client, as_json)
    elif as_json:
        print_json(ClientWithSecret.showing(client, secret.get_secret_value()))
    else:
        typer.echo(table(("fact", "value"), _facts(ClientOut.of(client))))
        typer.echo(f"secret, shown this once: {secret.get_secret_value()}")


def _facts(view: ClientOut) -> list[tuple[str, Any]]:
    facts = view.model_dump() | {"scopes": " ".join(view.scopes)}
    return [(name.replace("_", " "), value) for name, value in facts.items() if value is not None]
