"""Whether a service can do its work, told as the vendor's product tells it.

``/liveness`` answers ``Healthy`` and depends on nothing, so that no outage elsewhere restarts a service. ``/readiness`` runs
the checks: 200 while Healthy or Degraded, 503 when Unhealthy.
"""

import asyncio
import dataclasses
import datetime as dt
import enum
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from registerbro.privacy import mask_value, scrub

TIME_LIMIT = dt.timedelta(seconds=5)
MAX_AGE = dt.timedelta(seconds=3)


class Status(enum.StrEnum):
    """From best to worst."""

    HEALTHY = "Healthy"
    DEGRADED = "Degraded"
    UNHEALTHY = "Unhealthy"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``data`` is shown to whoever can reach the port: no secrets, no persons."""

    status: Status = Status.HEALTHY
    description: str = ""
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One side of a service's health: ``run`` tries what real work needs, and raises or says what is wrong.

    A check that raises, or takes longer than ``time_limit``, counts as ``failure``: Degraded for a side without which the
    service still answers its calls.
    """

    name: str
    run: Callable[[], Awaitable[Finding | None]]
    tags: tuple[str, ...] = ("readiness",)
    failure: Status = Status.UNHEALTHY
    time_limit: dt.timedelta = TIME_LIMIT


class Entry(BaseModel):
    """One check's result."""

    data: dict[str, Any] = {}
    duration: str = Field(description="a .NET time span, hh:mm:ss.fffffff")
    status: Status
    tags: list[str]
    description: str | None = Field(default=None, description="the cause, when faulty")
    exception: str | None = Field(default=None, description="the same, for the vendor's readers")


class Report(BaseModel):
    """The answer of ``/readiness``."""

    status: Status
    totalDuration: str  # noqa: N815 (the vendor's name)
    entries: dict[str, Entry]


class Readiness:
    """Runs the checks side by side, once for all callers within ``max_age``."""

    def __init__(self, checks: Sequence[Check], *, max_age: dt.timedelta = MAX_AGE) -> None:
        self._checks = checks
        self._max_age = max_age.total_seconds()
        self._lock = asyncio.Lock()
        self._report: Report | None = None
        self._made_at = 0.0

    async def report(self) -> Report:
        """The present state, at most ``max_age`` old."""
        async with self._lock:
            if self._report is None or time.monotonic() - self._made_at > self._max_age:
                self._report = await self._make()
                self._made_at = time.monotonic()
            return self._report

    def forget(self) -> None:
        """Makes the next report a fresh one."""
        self._report = None

    async def _make(self) -> Report:
        started = time.perf_counter()
        entries = await asyncio.gather(*map(_run, self._checks))
        worst = max((entry.status for entry in entries), key=list(Status).index, default=Status.HEALTHY)
        return Report(
            status=worst,
            totalDuration=time_span(time.perf_counter() - started),
            entries={check.name: entry for check, entry in zip(self._checks, entries, strict=True)},
        )


async def _run(check: Check) -> Entry:
    started = time.perf_counter()
    cause: str | None = None
    finding = Finding()
    try:
        async with asyncio.timeout(check.time_limit.total_seconds()):
            finding = await check.run() or finding
    except TimeoutError:
        cause = f"No answer within {check.time_limit.total_seconds():g} seconds."
    except Exception as error:
        cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if cause is not None:
        finding = Finding(check.failure, cause)
    elif finding.status is not Status.HEALTHY:
        cause = finding.description
    return Entry(
        data=mask_value(finding.data),
        duration=time_span(time.perf_counter() - started),
        status=finding.status,
        tags=list(check.tags),
        description=scrub(finding.description) or None,
        exception=scrub(cause) if cause else None,
    )


def folded(name: str, checks: Sequence[Check]) -> Check:
    """Several checks as one entry, as faulty as the worst of them; its description names those that are."""

    async def run() -> Finding:
        entries = await asyncio.gather(*map(_run, checks))
        worst = max((entry.status for entry in entries), key=list(Status).index, default=Status.HEALTHY)
        faults = [
            _of_part(check.name, name, entry.description or "")
            for check, entry in zip(checks, entries, strict=True)
            if entry.status is not Status.HEALTHY
        ]
        return Finding(worst, " ".join(faults))

    tags = tuple(dict.fromkeys(tag for check in checks for tag in check.tags))
    return Check(name, run, tags=tags, time_limit=TIME_LIMIT + max(check.time_limit for check in checks))


def _of_part(part: str, whole: str, description: str) -> str:
    return description if part == whole else f"{part}: {description}"


def sentence(text: str) -> str:
    """A text as a sentence: one full stop at its end, which errors have or have not."""
    return f"{text.rstrip('.')}."


def time_span(seconds: float) -> str:
    """A duration as .NET writes a ``TimeSpan``: ``[d.]hh:mm:ss[.fffffff]``, in ticks of 100 ns."""
    ticks = round(seconds * 10_000_000)
    whole, fraction = divmod(ticks, 10_000_000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    text = f"{f'{days}.' if days else ''}{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{fraction:07d}" if fraction else text


def router(readiness: Readiness) -> APIRouter:
    """The two paths."""
    routes = APIRouter(tags=["health"])

    @routes.get("/liveness", response_class=PlainTextResponse)
    async def liveness() -> str:
        """Whether the process runs: the text ``Healthy``."""
        return Status.HEALTHY

    @routes.get(
        "/readiness", response_model=Report, responses={503: {"model": Report, "description": "Unhealthy"}}
    )
    async def readiness_report() -> JSONResponse:
        """Whether the service can do its work, side by side."""
        return _answer(await readiness.report())

    return routes


def _answer(report: Report) -> JSONResponse:
    code = 503 if report.status is Status.UNHEALTHY else 200
    return JSONResponse(report.model_dump(mode="json", exclude_none=True), status_code=code)
