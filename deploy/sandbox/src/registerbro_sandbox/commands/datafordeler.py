"""Datafordeleren: what is asked of it, its clients' certificates, what it does wrong."""

import json
import ssl
import sys
from pathlib import Path
from typing import Annotated

import httpx
import typer
from pydantic import SecretStr, ValidationError

from registerbro_sandbox.commands.common import AsJson, Into, board_of, existing, fail, invalid
from registerbro_sandbox.datafordeler import (
    CLIENT_NAME,
    GROUPS,
    NOTHING,
    DatafordelerWrong,
    client_certificate,
)
from registerbro_sandbox.datafordeler.app import CALLS_PATH
from registerbro_sandbox.direct import BadCertificate
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.settings import DIRECTORY
from registerbro_sandbox.switchboard import changing

app = typer.Typer(no_args_is_help=True, help="Datafordeleren: its calls, certificates and faults.")
faults = typer.Typer(
    no_args_is_help=True, help="What Datafordeleren does wrong; a running sandbox notices at once."
)
app.add_typer(faults, name="fault")
Count = int | None
Listed = list[str] | None
_SECONDS = 5.0
_LISTS = ("at", "missing", "retyped", "deny")


@app.command()
def status(
    *,
    url: Annotated[
        str, typer.Option(help="Where the host listens that asks for no certificate.")
    ] = "https://127.0.0.1:8103",
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Show which calls a running Datafordeler has had so far, by operation and status."""
    try:
        answer = httpx.get(url + CALLS_PATH, verify=_trusted(existing(into)), timeout=_SECONDS)
        calls = answer.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        fail(f"Datafordeleren does not answer: {type(error).__name__}")
    if as_json:
        typer.echo(json.dumps(calls))
        return
    for operation, count in sorted(calls["operations"].items()):
        typer.echo(f"{operation}: {count}")
    for answered, count in sorted(calls["statuses"].items()):
        typer.echo(f"answered {answered}: {count}")


@app.command()
def certificate(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = 365,
    expired: Annotated[bool, typer.Option("--expired", help="It was good until yesterday.")] = False,
    foreign: Annotated[
        bool, typer.Option("--foreign", help="Issued by an authority that nobody knows.")
    ] = False,
    name: Annotated[str, typer.Option(help="Whose; another name is tied to no user.")] = CLIENT_NAME,
    pem: Annotated[bool, typer.Option("--pem", help="PEM without a password in place of PKCS #12.")] = False,
    into: Into = DIRECTORY,
) -> None:
    """Write a client's certificate with its key. The password of the PKCS #12 is read from standard input."""
    authority = Authority() if foreign else Authority.kept_in(existing(into))
    try:
        made = client_certificate(authority, name=name, days=days, expired=expired)
        made.write(file, None if pem else _password())
    except (OSError, ValueError) as error:
        fail(f"{file}: {error}")


@faults.command("set")
def set_faults(
    *,
    at: Annotated[
        Listed, typer.Option(help=f"Which calls: {', '.join(GROUPS)}, or an operation, as CVR_Navn.")
    ] = None,
    status: Annotated[Count, typer.Option(min=400, max=599, help="Status of every answer.")] = None,
    retry_after: Annotated[
        Count, typer.Option(min=0, max=86_400, help="Header Retry-After, seconds.")
    ] = None,
    code: Annotated[str | None, typer.Option(help="GraphQL: an error in the body, as HC0001.")] = None,
    html: Annotated[bool, typer.Option("--html", help="An HTML page in place of JSON.")] = False,
    first_byte_seconds: Annotated[
        float, typer.Option(min=0, max=3600, help="How late an answer's first byte comes.")
    ] = 0.0,
    stall_after: Annotated[Count, typer.Option(min=0, help="Bytes after which nothing comes.")] = None,
    close_after: Annotated[Count, typer.Option(min=0, help="Bytes after which it is closed.")] = None,
    missing: Annotated[Listed, typer.Option(help="A field that is left out.")] = None,
    retyped: Annotated[Listed, typer.Option(help="A field that is a list.")] = None,
    deny: Annotated[Listed, typer.Option(help="A service or entity that the user has no right to.")] = None,
    per_second: Annotated[Count, typer.Option(min=1, help="Calls per second; more get 429.")] = None,
    certificate: Annotated[BadCertificate | None, typer.Option(help="A certificate to refuse.")] = None,
    times: Annotated[
        Count, typer.Option(min=1, help="How often something goes wrong; always if not given.")
    ] = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong, in place of what went wrong before. A call counts once, whatever goes wrong in it."""
    given = {name: value for name, value in locals().items() if name in DatafordelerWrong.model_fields}
    given |= {name: tuple(given[name] or ()) for name in _LISTS}
    try:
        wrong = DatafordelerWrong.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
    _set(into, wrong, as_json=as_json)


@faults.command()
def clear(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Let everything work again."""
    _set(into, NOTHING, as_json=as_json)


@faults.command()
def show(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Show what is set."""
    _show(board_of(into).datafordeler, as_json=as_json)


def _trusted(directory: Path) -> ssl.SSLContext:
    """The world's authority vouches for the server; it is asked by its address, whatever name its certificate has."""
    context = ssl.create_default_context(cadata=Authority.kept_in(directory).certificate.decode("ascii"))
    context.check_hostname = False
    return context


def _password() -> SecretStr:
    """From standard input, so that it stands in no list of processes and no shell's history."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        fail("a password is needed; --pem goes without")
    return SecretStr(password)


def _set(into: Path, wrong: DatafordelerWrong, *, as_json: bool) -> None:
    with changing(existing(into)):
        board_of(into).with_wrong("datafordeler", wrong).write(into)
    _show(wrong, as_json=as_json)


def _show(wrong: DatafordelerWrong, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(wrong.model_dump(mode="json")))
        return
    set_ones = wrong.model_dump(mode="json", exclude_defaults=True)
    typer.echo("\n".join(f"{name}: {value}" for name, value in set_ones.items()) or "nothing goes wrong")
