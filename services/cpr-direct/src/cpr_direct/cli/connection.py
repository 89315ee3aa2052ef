"""Commands about the way to CPR: test, password, calls by client."""

import datetime as dt
from typing import Annotated

import typer
from pydantic import SecretStr
from registerbro.presentation import BAD_USE, FAILED
from registerbro.terminal import Json, print_json, show, table

from cpr_direct import checking
from cpr_direct import password as passwords
from cpr_direct.budget import Usage
from cpr_direct.cli.common import COMMAND_LINE, Refused, do, end, is_typed, lines
from cpr_direct.direct import Direct
from cpr_direct.views.connection import ConnectionOut
from cpr_direct.views.usage import UsageOut

app = typer.Typer()
password_app = typer.Typer(help="The password at CPR.", no_args_is_help=True)
app.add_typer(password_app, name="password")
MARKS = {True: "ok", False: "FAILED", None: "-"}


@app.command("test")
def try_connection(as_json: Json = False) -> None:
    """Test the connection step by step: name, network, encryption, logon, store."""
    found = do(checking.check)
    rows = [
        (step.name, MARKS[step.is_ok], step.failure.detail if step.failure else step.remark or "")
        for step in found.steps
    ]
    show(found, as_json, ("step", "result", "reason or remark"), rows)
    if not as_json:
        typer.echo("\n".join(filter(None, (found.header, found.message))))
    if not found.is_ok:
        raise typer.Exit(FAILED)


@app.command()
def status(as_json: Json = False) -> None:
    """Show how CPR and we get along, as far as the store knows; CPR is not asked."""
    _show(do(checking.state), as_json)


@app.command()
def usage(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days, today the last one.")] = 31,
    as_json: Json = False,
) -> None:
    """Show the paid calls by client and Danish day."""

    async def work(direct: Direct) -> list[Usage]:
        return await direct.budget.usage(direct.today - dt.timedelta(days=days - 1), direct.today)

    views = [UsageOut(**each._asdict()) for each in do(work)]
    rows = [(each.danish_day, each.client, each.calls, each.most) for each in views]
    show(views, as_json, ("day", "client", "calls", "budget"), rows)


@password_app.command("change")
def change(
    refused: Refused = None,
    choose: Annotated[
        bool,
        typer.Option(
            "--choose", help="Ask for the new one, or read it from standard input; else one is generated."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Change the password at CPR, and keep it encrypted in the store."""
    _refuse(refused)
    new = _asked("new password", confirms=True) if choose else None

    async def work(direct: Direct) -> ConnectionOut:
        await passwords.change(direct.gateway, direct.logons, new, by=COMMAND_LINE)
        return await checking.state(direct)

    _show(do(work), as_json)


@password_app.command("set")
def set_(refused: Refused = None, as_json: Json = False) -> None:
    """Take a password that was set on CPR's web page: asked for, or read from standard input. CPR is not told anything."""
    _refuse(refused)
    new = _asked("password", confirms=False)

    async def work(direct: Direct) -> ConnectionOut:
        await passwords.store(direct.logons, new, by=COMMAND_LINE)
        return await checking.state(direct)

    _show(do(work), as_json)


@app.command()
def unblock() -> None:
    """Let credentials that CPR has refused be tried once more: after the account was unlocked there."""
    lifted = do(lambda direct: direct.logons.lift(by=COMMAND_LINE))
    typer.echo("the next call logs on again" if lifted else "no logon was blocked")


def _asked(prompt: str, *, confirms: bool) -> SecretStr:
    if is_typed():
        return SecretStr(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirms, err=True))
    return SecretStr(next(lines(), "").rstrip("\r\n"))


def _refuse(refused: list[str] | None) -> None:
    if refused:
        end("a password must not stand on the command line, where others can read it", BAD_USE)


def _show(state: ConnectionOut, as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    facts = state.model_dump(exclude={"logon_obstacle"})
    rows = [(name.replace("_", " "), value) for name, value in facts.items() if value not in (None, False)]
    if state.logon_obstacle is not None:
        rows.append(("no logon is made", state.logon_obstacle.detail))
    typer.echo(table(("fact", "value"), rows))
