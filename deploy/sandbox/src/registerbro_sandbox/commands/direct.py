"""CPR Direkte: who may use it, who is subscribed, what it does wrong."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber

from registerbro_sandbox.commands.common import AsJson, Into, existing, fail
from registerbro_sandbox.direct import Account, AccountError, Accounts, Key
from registerbro_sandbox.direct.errors import REFUSALS
from registerbro_sandbox.direct.passwords import LENGTH
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.persons.delivery import CUSTOMER_TASK
from registerbro_sandbox.persons.subscriptions import Subscriptions
from registerbro_sandbox.persons.world import World
from registerbro_sandbox.settings import DIRECTORY

app = typer.Typer(no_args_is_help=True, help="CPR Direkte: its users, subscriptions and faults.")

User = Annotated[str, typer.Argument(help="The user id, up to eight characters.")]
Customer = Annotated[str, typer.Option(help="The customer number, four digits.")]
CUSTOMER = CUSTOMER_TASK[:4]


@app.command()
def accounts(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """List the users: whether they can log on, and until when their password is good."""
    now = dt.datetime.now(dt.UTC)
    shown = [_about(account, now) for account in Accounts(existing(into)).all()]
    if as_json:
        typer.echo(json.dumps(shown))
        return
    for about in shown:
        expires = f", password expires {about['expires']}" if about["expires"] else ""
        typer.echo(f"{about['customer']} {about['user']}: {about['state']}{expires}")


@app.command()
def add_account(
    *,
    user: User,
    customer: Customer = CUSTOMER,
    expires_in_days: Annotated[
        int | None, typer.Option(min=0, help="When the password expires; never if not given.")
    ] = None,
    into: Into = DIRECTORY,
) -> None:
    """Add a user. The password, eight characters, is read from standard input."""
    expires = (
        None if expires_in_days is None else dt.datetime.now(dt.UTC) + dt.timedelta(days=expires_in_days)
    )
    key, password = _key(customer, user), _password()
    _try(lambda: Accounts(existing(into)).add(key, password, expires))


@app.command()
def set_password(*, user: User, customer: Customer = CUSTOMER, into: Into = DIRECTORY) -> None:
    """Give a user another password, read from standard input, and unlock the account. CPR's rules are not applied."""
    key, password = _key(customer, user), _password()
    _try(lambda: Accounts(existing(into)).set_password(key, password))


@app.command()
def expire_password(*, user: User, customer: Customer = CUSTOMER, into: Into = DIRECTORY) -> None:
    """Let a user's password expire now: a logon is answered with 02, a change of password works."""
    _change(into, _key(customer, user), expires=dt.datetime.now(dt.UTC))


@app.command()
def unlock(*, user: User, customer: Customer = CUSTOMER, into: Into = DIRECTORY) -> None:
    """Unlock an account that too many wrong passwords have locked."""
    _change(into, _key(customer, user), is_locked=False, wrong=0)


@app.command()
def refuse_access(
    *,
    user: User,
    error: Annotated[
        int, typer.Argument(help="The error number: 14, 18 or 99 for lookups, 24 or 28 for all.")
    ],
    customer: Customer = CUSTOMER,
    into: Into = DIRECTORY,
) -> None:
    """Take access from a user: each request is answered with this error number."""
    if error not in REFUSALS:
        raise typer.BadParameter(f"one of {', '.join(map(str, sorted(REFUSALS)))}", param_hint="ERROR")
    _change(into, _key(customer, user), refused=error)


@app.command()
def grant_access(*, user: User, customer: Customer = CUSTOMER, into: Into = DIRECTORY) -> None:
    """Give access back to a user."""
    _change(into, _key(customer, user), refused=None)


@app.command()
def remove_account(*, user: User, customer: Customer = CUSTOMER, into: Into = DIRECTORY) -> None:
    """Delete a user."""
    key = _key(customer, user)
    _try(lambda: Accounts(existing(into)).remove(key))


@app.command()
def subscriptions(
    *,
    write_numbers: Annotated[
        Path | None,
        typer.Option(help="Also write the numbers of everybody subscribed to this file, one a line."),
    ] = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Show how many persons are subscribed, and about whom something was said since the first extract; numbers masked."""
    try:
        chronicle = Chronicle.read(into)
    except (NoWorld, OSError, ValueError) as error:
        fail(str(error))
    pending = chronicle.said_online().statements
    now = chronicle.subscriptions.after(pending)
    about = {
        "persons": chronicle.world.population.size,
        "subscribed": sum(1 for _ in _subscribed(chronicle.world, now)),
        "pending": len(pending),
        "told": [{"number": _masked(number), "subscribed": is_so} for number, is_so in now.told.items()],
    }
    if write_numbers:
        _write_numbers(write_numbers, chronicle.world, now)
    _show_subscriptions(about, as_json=as_json)


@app.command()
def number(
    person: Annotated[int, typer.Argument(min=0, help="A person's index, as `change --event` takes it.")],
    *,
    into: Into = DIRECTORY,
) -> None:
    """Print the number of a person of the sandbox, to ask CPR Direkte for: for standard input, not for a command line."""
    try:
        typer.echo(Chronicle.read(into).world.person(person).number)
    except (NoWorld, IndexError, OSError, ValueError) as error:
        fail(str(error))


def _subscribed(world: World, subscriptions: Subscriptions) -> Iterator[str]:
    """Their numbers; one that an event has replaced is not among them, for the subscription went with the person."""
    return (person.number for person in world if not person.is_left_behind and subscriptions.cover(person))


def _write_numbers(path: Path, world: World, subscriptions: Subscriptions) -> None:
    with path.open("x", encoding="ascii") as file:
        path.chmod(0o600)
        file.writelines(f"{number}\n" for number in _subscribed(world, subscriptions))


def _show_subscriptions(about: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(about))
        return
    typer.echo(f"{about['subscribed']} subscribed, of {about['persons']} persons and those born since")
    for told in about["told"]:
        typer.echo(f"{told['number']}: {'subscribed' if told['subscribed'] else 'unsubscribed'}")
    if about["pending"]:
        typer.echo(f"{about['pending']} words by CPR Direkte wait for the next change file")


def _masked(number: str) -> str:
    return str(CprNumber.parse(number))


def _about(account: Account, now: dt.datetime) -> dict[str, Any]:
    expires = account.expires.isoformat(timespec="seconds") if account.expires else None
    about = {"customer": account.customer, "user": account.user, "state": _state(account, now)}
    return {**about, "wrong_logons": account.wrong, "expires": expires}


def _state(account: Account, now: dt.datetime) -> str:
    if account.is_locked:
        return "locked"
    if account.refused:
        return f"refused with {account.refused}"
    return "expired" if account.is_expired(now) else "active"


def _key(customer: str, user: str) -> Key:
    if not (len(customer) == 4 and customer.isascii() and customer.isdigit()):
        raise typer.BadParameter("four digits expected", param_hint="--customer")
    if not (0 < len(user) <= 8 and user.isascii() and user.isprintable() and " " not in user):
        raise typer.BadParameter("one to eight characters expected", param_hint="USER")
    return Key(customer, user)


def _password() -> SecretStr:
    """From standard input, so that it stands in no list of processes and no shell's history."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not (
        len(password) == LENGTH and password.isascii() and password.isprintable() and " " not in password
    ):
        fail("a password has eight characters, and no blanks")
    return SecretStr(password)


def _change(into: Path, key: Key, **values: object) -> None:
    _try(lambda: Accounts(existing(into)).change(key, **values))


def _try(work: Callable[[], None]) -> None:
    try:
        work()
    except (AccountError, OSError, ValueError) as error:
        fail(str(error))
