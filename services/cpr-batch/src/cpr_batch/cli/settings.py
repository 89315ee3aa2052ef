"""Commands for the settings that are stored in the database."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer
from pydantic import BaseModel
from registerbro.ids import LAST_ID
from registerbro.presentation import BAD_USE, FAILED
from registerbro.terminal import Json, print_json, show

from cpr_batch import connect
from cpr_batch.batch import COMMAND_LINE, Batches
from cpr_batch.cli.common import do_with_settings, end
from cpr_batch.configuration import changing, showing, stored
from cpr_batch.configuration.changing import Wish
from cpr_batch.configuration.fields import fields
from cpr_batch.views.servers import ConnectionTest
from cpr_batch.views.settings import SettingChange, SettingsView, SettingView

Names = Annotated[list[str], typer.Argument(help="As `cpr-batch settings` lists them; or a section, as ftp.")]
Pairs = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME=VALUE...",
        help="Nothing behind = is none. A password: NAME=- asks for it, or reads it from standard input.",
    ),
]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read ftp.password from standard input: the same as ftp.password=-"
    ),
]
app = typer.Typer()
topic = typer.Typer(
    help="Show and change the settings that count for every replica. The environment goes before them.",
    invoke_without_command=True,
)
app.add_typer(topic, name="settings")


@topic.callback()
def show_settings(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        _show(do_with_settings(showing.shown), as_json)


@topic.command("set")
def set_(pairs: Pairs = [], password_stdin: PasswordStdin = False, as_json: Json = False) -> None:  # noqa: B006
    """Store values: all of those given, or none."""
    given = [*pairs, *(["ftp.password=-"] if password_stdin else [])]
    if not given:
        raise typer.BadParameter("give at least one NAME=VALUE")
    _change(Wish(_values(given)), as_json)


@topic.command()
def unset(names: Names, as_json: Json = False) -> None:
    """Forget stored values: the settings file or the default counts again."""
    _change(Wish(unset=names), as_json)


@topic.command()
def check(
    pairs: Pairs = [],  # noqa: B006
    connection: Annotated[
        bool, typer.Option("--connect", help="Also test the connection with them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Try values without storing them; without values, those in force."""
    wish = Wish(_values(pairs))

    async def work(batches: Batches) -> ConnectionTest | None:
        found = await changing.candidate(batches, wish)
        if not connection:
            return None
        return ConnectionTest.of(await connect.check(batches.batch(found.in_force, COMMAND_LINE)))

    tested = do_with_settings(work)
    if tested is None:
        typer.echo("the settings can be used")
    else:
        marks = {True: "ok", False: "FAILED", None: "-"}
        rows = [(s.name, marks[s.is_ok], s.failure.detail if s.failure else "") for s in tested.steps]
        show(tested, as_json, ("step", "result", "reason"), rows)
        if not tested.is_ok:
            raise typer.Exit(FAILED)


@topic.command()
def history(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Changes at most.")] = 100, as_json: Json = False
) -> None:
    """Show who changed what and when, newest first."""

    async def work(batches: Batches) -> list[SettingChange]:
        rows = stored.SQL.changes(batches.pool, before=LAST_ID, size=limit)
        return [SettingChange.of(row) async for row in rows]

    found = do_with_settings(work)
    rows = [(f"{c.changed_at:%Y-%m-%d %H:%M:%S}Z", c.changed_by, c.name, *_sides(c)) for c in found]
    show(found, as_json, ("when", "who", "setting", "before", "after"), rows)


def _change(wish: Wish, as_json: bool) -> None:
    async def work(batches: Batches) -> tuple[list[str], BaseModel]:
        made = await changing.change(batches, wish, by=COMMAND_LINE)
        return [each.name for each in made.changes], await showing.shown(batches)

    changed, view = do_with_settings(work)
    if as_json:
        print_json(view)
    else:
        typer.echo(f"changed: {', '.join(changed)}" if changed else "nothing to change")


def _show(view: SettingsView, as_json: bool) -> None:
    rows = [(s.name, _value(s), str(s.origin), s.why_not or "") for s in view.settings]
    if view.store is not None and not as_json:
        rows.append(("store", _store(view), "environment", view.store.why_not))
        rows.append(("source", f"{view.source.name} {view.source.parameters}".strip(), "stored", ""))
        types = view.source.record_types
        rows.append(("record types", "all" if types is None else " ".join(types), "stored", ""))
    show(view, as_json, ("setting", "value", "from", "not changeable here because"), rows)
    for problem in view.problems:
        typer.echo(f"cpr-batch: {problem}", err=True)


def _store(view: SettingsView) -> str:
    store = view.store
    return "" if store is None else f"{store.user or ''}@{store.host or ''}/{store.database}"


def _value(setting: SettingView) -> str:
    if setting.is_secret:
        return "(set)" if setting.is_set else ""
    return _text(setting.value)


def _sides(change: SettingChange) -> tuple[str, str]:
    def side(was: bool, value: Any) -> str:
        return "" if not was else "(secret)" if change.is_secret else _text(value)

    return side(change.was_stored, change.old_value), side(change.is_stored, change.new_value)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _values(pairs: Sequence[str]) -> Mapping[str, Any]:
    return dict(_pair(pair) for pair in pairs)


def _pair(pair: str) -> tuple[str, Any]:
    name, sign, text = pair.partition("=")
    field = fields().get(name)
    if field is not None and field.is_secret:
        return name, _secret(name, text, is_given=bool(sign))
    if not sign:
        raise typer.BadParameter(f"{name}: give NAME=VALUE")
    return name, text if text or not (field and field.is_nullable) else None


def _secret(name: str, text: str, *, is_given: bool) -> str | None:
    """A secret from a terminal or standard input; arguments are seen by everybody on the machine."""
    if is_given and text == "":
        return None
    if text not in ("", "-"):
        end(
            f"{name}: secrets are not taken from the command line, which others can read: use {name}=-",
            BAD_USE,
        )
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n") or end(f"{name}: standard input holds nothing", BAD_USE)
