"""Commands on when the daily and recurring jobs run."""

import datetime as dt
from typing import Annotated

import typer
from registerbro.configuration import schedules
from registerbro.configuration.schedules import DEFAULT, Schedule, When
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, show

from console.cli.common import caller, end
from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import ScheduleOut

app = typer.Typer()
group = typer.Typer(help="When the jobs of all services run.", no_args_is_help=True)
app.add_typer(group, name="schedules")


@group.command("list")
def list_schedules(as_json: Json = False) -> None:
    """List the jobs with their Danish times, latest runs and next moments."""

    async def work(opened: Opened[SecretsAndStore]) -> list[Schedule]:
        return await schedules.show_all(opened.connection, dt.datetime.now(dt.UTC))

    _show(do(SecretsAndStore, work), as_json)


@group.command("set")
def set_schedule(
    job: Annotated[str, typer.Argument(help="Its name, as cpr-direct.housekeeping.")],
    at: Annotated[
        dt.datetime | None, typer.Option(formats=["%H:%M"], metavar="HH:MM", help="Danish time.")
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, max=43_200, metavar="MINUTES", help="Of a recurring job.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="It does not run.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Its own time counts again.")] = False,
    as_json: Json = False,
) -> None:
    """Change when a job runs. Running services notice within seconds."""
    if (at is not None) + (every is not None) + off + default != 1:
        end("give one of --at, --every, --off and --default", BAD_USE)
    wanted = _wanted(at, every, is_default=default)

    async def work(opened: Opened[SecretsAndStore]) -> list[Schedule]:
        now = dt.datetime.now(dt.UTC)
        return [await schedules.change(opened.connection, job, wanted, by=caller(), now=now)]

    _show(do(SecretsAndStore, work), as_json)


@group.command("run")
def run_now(
    job: Annotated[str, typer.Argument(help="Its name, as cvr-update.run.")], as_json: Json = False
) -> None:
    """Have a recurring job run within seconds, by one of the running services."""

    async def work(opened: Opened[SecretsAndStore]) -> list[Schedule]:
        return [await schedules.run_now(opened.connection, job, dt.datetime.now(dt.UTC))]

    _show(do(SecretsAndStore, work), as_json)


def _wanted(at: dt.datetime | None, every: int | None, *, is_default: bool) -> When:
    if is_default:
        return DEFAULT
    if every is not None:
        return dt.timedelta(minutes=every)
    return None if at is None else at.time()


def _times(shown: ScheduleOut) -> tuple[object, object]:
    """What is in force, and the default."""
    if shown.is_recurring:
        return _minutes(shown.every_seconds) or "off", _minutes(shown.default_every_seconds)
    return shown.at or "off", shown.default_at


def _minutes(seconds: float | None) -> str | None:
    return None if seconds is None else f"each {seconds / 60:g} min"


def _show(found: list[Schedule], as_json: bool) -> None:
    views = [ScheduleOut.of(each) for each in found]
    rows = [
        (
            each.job,
            *_times(each),
            f"{each.runs[0].danish_date} {each.runs[0].outcome or 'under way'}" if each.runs else "",
            each.next_at.isoformat(timespec="minutes") if each.next_at else "",
            each.changed_in or each.fixed_by or each.changed_by,
        )
        for each in views
    ]
    show(views, as_json, ("job", "at", "default", "last run", "next (UTC)", "changed by"), rows)
