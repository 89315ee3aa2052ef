"""Commands about local users: the first administrator is made here."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from pydantic import SecretStr
from registerbro.database import Pool
from registerbro.ids import LAST_ID
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, print_json, show, table

from console import fields, history
from console.cli.common import caller, do_in_store, end
from console.history import Change, Topic
from console.people import names, sessions
from console.people.errors import LoginElsewhere
from console.people.opening import users_of
from console.people.roles import Role
from console.people.users import Profile, User, Users
from console.people.views import UserOut, UserWithPassword
from console.settings import CommandSettings
from console.views import ChangeOut

T = TypeVar("T")
PAGE = 1000
app = typer.Typer()
group = typer.Typer(help="Local users: people who log in with a password.", no_args_is_help=True)
app.add_typer(group, name="users")


def _user_name(text: str) -> str:
    try:
        return names.user_name(names.folded(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _display_name(text: str) -> str:
    try:
        return fields.account(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


UserName = Annotated[str, typer.Argument(metavar="NAME", callback=_user_name, help="The user name.")]
AnyName = Annotated[str, typer.Argument(metavar="NAME", help="The name that calls are recorded under.")]
Displayed = Annotated[str | None, typer.Option("--display-name", help="What people call the user.")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="A role; say it again for another one.")]
FromInput = Annotated[
    bool,
    typer.Option(
        "--password-from-input", help="Read the password from standard input, in place of a one-time one."
    ),
]


@group.command("list")
def list_users(as_json: Json = False) -> None:
    """List the local users."""

    async def work(users: Users, _: Pool) -> list[User]:
        found: list[User] = []
        while page := await users.page(after=found[-1].user_name if found else "", size=PAGE):
            found += page
        return found

    views = [UserOut.of(each) for each in _do(work)]
    rows = [
        (
            each.user_name,
            each.display_name,
            " ".join(each.roles),
            "yes" if each.enabled else "no",
            each.last_login_at,
        )
        for each in views
    ]
    show(views, as_json, ("user", "name", "roles", "enabled", "last log-in"), rows)


@group.command("show")
def show_user(user_name: UserName, as_json: Json = False) -> None:
    """Show a user."""

    async def work(users: Users, _: Pool) -> User:
        return await users.get(user_name)

    _show(_do(work), as_json)


@group.command()
def add(
    user_name: UserName,
    display_name: Displayed = None,
    roles: Roles = None,
    from_input: FromInput = False,
    as_json: Json = False,
) -> None:
    """Add a user. A one-time password is printed now and never again, unless one is given by standard input."""
    profile = Profile(_display_name(display_name or user_name), frozenset(roles or ()))
    given = _read_password() if from_input else None

    async def work(users: Users, _: Pool) -> tuple[User, SecretStr]:
        return await users.add(user_name, profile, password=given, by=caller())

    user, password = _do(work)
    _show(user, as_json) if from_input else _show_password(user, password, as_json)


@group.command()
def change(
    user_name: UserName, display_name: Displayed = None, roles: Roles = None, as_json: Json = False
) -> None:
    """Change what is said; the roles all together. Other roles end the user's sessions."""
    changes: dict[str, Any] = {}
    if display_name is not None:
        changes["display_name"] = _display_name(display_name)
    if roles:
        changes["roles"] = frozenset(roles)
    if not changes:
        end("nothing to change; see --help", BAD_USE)
    _change(user_name, changes, as_json)


@group.command()
def enable(user_name: UserName, as_json: Json = False) -> None:
    """Let a user log in."""
    _change(user_name, {"enabled": True}, as_json)


@group.command()
def disable(user_name: UserName, as_json: Json = False) -> None:
    """Let a user log in no more, and end the sessions."""
    _change(user_name, {"enabled": False}, as_json)


@group.command()
def reset_password(user_name: UserName, as_json: Json = False) -> None:
    """Give a one-time password, printed now and never again; the user's sessions and pauses end."""

    async def work(users: Users, _: Pool) -> tuple[User, SecretStr]:
        return await users.reset_password(user_name, by=caller())

    _show_password(*_do(work), as_json)


@group.command()
def unlock(user_name: UserName, as_json: Json = False) -> None:
    """End every pause after wrong passwords."""

    async def work(users: Users, _: Pool) -> User:
        return await users.unlock(user_name, by=caller())

    _show(_do(work), as_json)


@group.command()
def end_sessions(name: AnyName) -> None:
    """End every session of a person, a local user or one who logged in at the external issuer."""

    async def work(_: CommandSettings, pool: Pool) -> int:
        return await sessions.end_of_person(pool, name, by=caller())

    typer.echo(f"{do_in_store(work)} sessions of {name} are ended")


@group.command("history")
def show_history(name: AnyName, as_json: Json = False) -> None:
    """Show who changed a user, newest first; also one that was removed."""

    async def work(_: CommandSettings, pool: Pool) -> list[Change]:
        return await history.page(pool, Topic.PERSON, name, before=LAST_ID, size=PAGE)

    views = [ChangeOut.of(each) for each in do_in_store(work)]
    rows = [
        (each.at, each.action, each.client, each.acting_user, ", ".join(sorted(each.changes)))
        for each in views
    ]
    show(views, as_json, ("at", "action", "by", "user", "fields"), rows)


@group.command()
def remove(user_name: UserName) -> None:
    """Remove a user and end the sessions; the history stays."""

    async def work(users: Users, _: Pool) -> None:
        await users.remove(user_name, by=caller())

    _do(work)
    typer.echo(f"{user_name} is removed")


def _do(work: Callable[[Users, Pool], Awaitable[T]]) -> T:
    async def with_users(settings: CommandSettings, pool: Pool) -> T:
        if settings.console.login is not None:
            raise LoginElsewhere(settings.console.login.issuer)
        return await work(users_of(pool), pool)

    return do_in_store(with_users)


def _change(user_name: str, changes: dict[str, Any], as_json: bool) -> None:
    async def work(users: Users, _: Pool) -> User:
        return await users.change(user_name, changes, by=caller())

    _show(_do(work), as_json)


def _read_password() -> SecretStr:
    if sys.stdin.isatty():
        return SecretStr(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    return SecretStr(sys.stdin.readline().rstrip("\r\n"))


def _show(user: User, as_json: bool) -> None:
    view = UserOut.of(user)
    if as_json:
        print_json(view)
    else:
        typer.echo(table(("fact", "value"), _facts(view)))


def _show_password(user: User, password: SecretStr, as_json: bool) -> None:
    if as_json:
        print_json(UserWithPassword.showing(user, password.get_secret_value()))
    else:
        typer.echo(table(("fact", "value"), _facts(UserOut.of(user))))
        typer.echo(f"one-time password, shown this once: {password.get_secret_value()}")


def _facts(view: UserOut) -> list[tuple[str, Any]]:
    facts = view.model_dump() | {"roles": " ".join(view.roles)}
    return [(name.replace("_", " "), value) for name, value in facts.items() if value is not None]
