"""Commands on when the daily jobs run."""

import datetime as dt
from typing import Annotated

import typer
from registerbro.configuration import schedules
from registerbro.configuration.schedules import DEFAULT, Default, Schedule
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, show

from console.cli.common import caller, end
from console.cli.configuration.common import Opened, SecretsAndStore, do
from console.configuration_views import ScheduleOut

app = typer.Typer()
group = typer.Typer(help="When the daily jobs of all services run.", no_args_is_help=True)
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
    off: Annotated[bool, typer.Option("--off", help="It does not run.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Its own time counts again.")] = False,
    as_json: Json = False,
) -> None:
    """Change when a job runs. Running services notice within seconds."""
    if (at is not None) + off + default != 1:
        end("give one of --at, --off and --default", BAD_USE)
    wanted: dt.time | Default | None = DEFAULT if default else None if at is None else at.time()

    async def work(opened: Opened[SecretsAndStore]) -> list[Schedule]:
        now = dt.datetime.now(dt.UTC)
        return [await schedules.change(opened.connection, job, wanted, by=caller(), now=now)]

    _show(do(SecretsAndStore, work), as_json)


def _show(found: list[Schedule], as_json: bool) -> None:
    views = [ScheduleOut.of(each) for each in found]
    rows = [
        (
            each.job,
            each.at or "off",
            each.default_at,
            f"{each.runs[0].danish_date} {each.runs[0].outcome or 'under way'}" if each.runs else "",
            each.next_at.isoformat(timespec="minutes") if each.next_at else "",
            each.changed_in or each.fixed_by or each.changed_by,
        )
        for each in views
    ]
    show(views, as_json, ("job", "at", "default", "last run", "next (UTC)", "changed by"), rows)
