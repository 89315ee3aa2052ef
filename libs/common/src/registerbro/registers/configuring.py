"""The command ``configure``: writes what KMD Logic and the contact store's OData are used with into ``appsettings.json``.

Secrets are asked for, or read from a file or standard input; they never stand on the command line, where others can read them. The
vendor's flat keys that a file has are moved into the sections they belong to; everything else in it stays.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeAlias

import typer
from pydantic import ValidationError

from registerbro.presentation import BAD_USE
from registerbro.settings import Section, settings_file, variable
from registerbro.settings.vendor_keys import PLACES, Place, placed
from registerbro.terminal import table

MASK = "***"
STANDARD_INPUT = Path("-")
_SECRET_KEYS = ("LogicClientSecret", "OAuth2ClientSecret")
Sections: TypeAlias = Mapping[str, type[Section]]
Content: TypeAlias = dict[str, Any]

_LogicClientId = Annotated[str | None, typer.Option(help="LogicClientId, a GUID.")]
_LogicSubscriptionId = Annotated[str | None, typer.Option(help="LogicCvrSubscriptionId, a GUID.")]
_LogicConfigurationId = Annotated[str | None, typer.Option(help="LogicCvrConfigurationId, a GUID.")]
_LogicScope = Annotated[str | None, typer.Option(help="LogicScope, as https://…/.default.")]
_LogicSecretFile = Annotated[
    Path | None, typer.Option(help="File whose first line is LogicClientSecret; - for standard input.")
]
_OAuth2ServerUrl = Annotated[str | None, typer.Option(help="OAuth2ServerUrl: the console's address.")]
_OAuth2ClientId = Annotated[str | None, typer.Option(help="OAuth2ClientId, of a client of the console's.")]
_OAuth2SecretFile = Annotated[
    Path | None, typer.Option(help="File whose first line is OAuth2ClientSecret; - for standard input.")
]
_ODataServerUrl = Annotated[str | None, typer.Option(help="ODataServerUrl: the console's address.")]


class FileUnusable(Exception):
    """The settings file cannot be read, written, or does not hold what it must; the text is one line a problem."""


def command(sections: Sections) -> Callable[..., None]:
    """The command, for a service to mount; ``sections`` are what it checks before it writes, by their names."""

    def configure(
        logic_client_id: _LogicClientId = None,
        logic_subscription_id: _LogicSubscriptionId = None,
        logic_configuration_id: _LogicConfigurationId = None,
        logic_scope: _LogicScope = None,
        logic_secret_file: _LogicSecretFile = None,
        oauth2_server_url: _OAuth2ServerUrl = None,
        oauth2_client_id: _OAuth2ClientId = None,
        oauth2_secret_file: _OAuth2SecretFile = None,
        odata_server_url: _ODataServerUrl = None,
        ask: Annotated[
            bool, typer.Option("--ask", help="Ask for both secrets; an empty answer keeps the old one.")
        ] = False,
        show: Annotated[
            bool, typer.Option("--show", help="Show what is in the file; write nothing.")
        ] = False,
    ) -> None:
        """Write KMD Logic's and OData's settings into appsettings.json; restart the services afterwards."""
        given = {
            "LogicClientId": logic_client_id,
            "LogicCvrSubscriptionId": logic_subscription_id,
            "LogicCvrConfigurationId": logic_configuration_id,
            "LogicScope": logic_scope,
            "LogicClientSecret": _secret(logic_secret_file),
            "OAuth2ServerUrl": oauth2_server_url,
            "OAuth2ClientId": oauth2_client_id,
            "OAuth2ClientSecret": _secret(oauth2_secret_file),
            "ODataServerUrl": odata_server_url,
        }
        file = settings_file()
        try:
            if not show:
                write(file, given | (_asked() if ask else {}), sections)
            typer.echo(table(("setting", "value"), list(shown(read(file)))))
        except FileUnusable as error:
            _end(str(error))

    return configure


def _secret(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        text = sys.stdin.readline() if file == STANDARD_INPUT else file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        _end(f"{file}: {getattr(error, 'strerror', None) or 'is no text'}")
    lines = text.splitlines()
    secret = lines[0].strip() if lines else ""
    return secret or _end(f"{file}: holds no secret")


def _asked() -> dict[str, str | None]:
    if not _is_typed():
        _end("there is nobody to ask: give the secrets by --logic-secret-file and --oauth2-secret-file")
    return {
        key: typer.prompt(key, hide_input=True, default="", show_default=False, err=True)
        for key in _SECRET_KEYS
    }


def _is_typed() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def read(file: Path) -> Content:
    """What the file says, the vendor's keys in their sections; nothing where there is no file. Raises ``FileUnusable``."""
    try:
        content = json.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise FileUnusable(f"{file}: is no JSON") from None
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}") from None
    if not isinstance(content, dict):
        raise FileUnusable(f"{file}: must hold one JSON object")
    return placed(content)


def write(file: Path, given: Mapping[str, str | None], sections: Sections) -> None:
    """Puts what is given into the file, readable for its owner alone, all or nothing.

    ``given`` is by the vendor's keys; what is None or empty stays as it was. Raises ``FileUnusable`` where a section would not be
    valid, and nothing is written then.
    """
    content = read(file)
    for key, value in given.items():
        if value:
            _put(content, PLACES[key], value)
    if problems := list(_problems(content, sections)):
        raise FileUnusable("; ".join(problems))
    _replace(file, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def shown(content: Content) -> Iterator[tuple[str, str]]:
    """Each setting with its value, secrets masked, and what is not there as empty."""
    for key, place in PLACES.items():
        value = _get(content, place)
        yield key, MASK if value and key in _SECRET_KEYS else str(value or "")


def _put(content: Content, place: Place, value: str) -> None:
    for name in place[:-1]:
        inner = content.setdefault(name, {})
        if not isinstance(inner, dict):
            raise FileUnusable(f"{name}: must be an object")
        content = inner
    content[place[-1]] = value


def _get(content: Any, place: Place) -> Any:
    for name in place:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def _problems(content: Content, sections: Sections) -> Iterator[str]:
    for name, kind in sections.items():
        try:
            kind.model_validate(content.get(name, {}))
        except ValidationError as error:
            for problem in error.errors(include_input=False):
                path = (name, *map(str, problem["loc"]))
                reason = (
                    "is missing"
                    if problem["type"] == "missing"
                    else problem["msg"].removeprefix("Value error, ")
                )
                yield f"{variable(path)}: {reason}"


def _replace(file: Path, text: str) -> None:
    """Writes beside the file and renames; a file that had another owner keeps it, so that its service can read it on."""
    target = file.resolve()
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".appsettings-")
        written = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                _keep_owner(stream.fileno(), target)
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            written.replace(target)
        finally:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise FileUnusable(f"{target}: {error.strerror}") from None


def _keep_owner(descriptor: int, target: Path) -> None:
    if target.exists() and hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = target.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _end(reason: str) -> NoReturn:
    typer.echo(f"configure: {reason}", err=True)
    raise typer.Exit(BAD_USE)
