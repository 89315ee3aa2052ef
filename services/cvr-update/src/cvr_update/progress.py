"""How far the work on the queue is, over all replicas; it survives each of them."""

import dataclasses
import datetime as dt
import enum

from registerbro import service_queue
from registerbro.service_queue import Figures

from cvr_update import state
from cvr_update.state import State
from cvr_update.updates import Updates


class Stage(enum.StrEnum):
    """What happens at the moment."""

    RESTING = "resting"  # a module is switched off
    HELD = "held"  # by the brake, until somebody lets it go
    PAUSED = "paused"  # the provider does not answer, and is left alone
    WORKING = "working"
    IDLE = "idle"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The present run, or the last one: from the first task that waits to the last one done."""

    stage: Stage
    standing: State
    figures: Figures
    remaining: int
    per_second: float | None
    seconds_left: float | None


async def progress(updates: Updates) -> Progress:
    """How far it is."""
    now = updates.now()
    standing = await state.read(updates.pool)
    figures = await service_queue.figures(updates.pool, now)
    remaining = figures.waiting + figures.running
    rate = _rate(standing, now)
    return Progress(
        stage=_stage(standing, figures, now) if await updates.is_on() else Stage.RESTING,
        standing=standing,
        figures=figures,
        remaining=remaining,
        per_second=rate,
        seconds_left=remaining / rate if rate else None,
    )


def _stage(standing: State, figures: Figures, now: dt.datetime) -> Stage:
    if standing.held_at is not None:
        return Stage.HELD
    if standing.rests(now):
        return Stage.PAUSED
    return Stage.WORKING if figures.running or figures.due else Stage.IDLE


def _rate(standing: State, now: dt.datetime) -> float | None:
    if standing.run_started_at is None or not standing.run_done:
        return None
    seconds = ((standing.run_ended_at or now) - standing.run_started_at).total_seconds()
    return standing.run_done / seconds if seconds > 0 else None
