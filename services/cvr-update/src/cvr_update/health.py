"""What ``/readiness`` says of the modules, the provider and the queue. Nothing of it makes the service not ready: an operator mends it
through the API.

The provider is not called: what updates found is told.
"""

import datetime as dt
from collections.abc import Iterator

from registerbro import service_queue
from registerbro.features import Feature
from registerbro.health import Check, Finding, Status, sentence
from registerbro.registers.opening import Opened
from registerbro.registers.watching import certificate_finding
from registerbro.service import Service
from registerbro.service_queue import Figures

from cvr_update import state
from cvr_update.state import State
from cvr_update.updates import Updates

PATIENCE = 2  # runs that a due update may wait for


def checks(service: Service) -> Iterator[Check]:
    """The service's own checks."""

    async def modules() -> Finding:
        on = {feature: await service.features.is_enabled(feature) for feature in needed()}
        return module_finding(on)

    async def provider() -> Finding:
        standing = await state.read(service.pool)
        return provider_finding(standing, str(service.get(Opened).lookup.provider))

    async def certificate() -> Finding:
        return certificate_finding(await service.get(Opened).certificate())

    async def queue() -> Finding:
        updates = service.get(Updates)
        now = updates.now()
        figures = await service_queue.figures(service.pool, now)
        standing = await state.read(service.pool)
        return queue_finding(figures, standing, now, updates.settings.work_every)

    yield Check("modules", modules, failure=Status.DEGRADED)
    yield Check("provider", provider, failure=Status.DEGRADED)
    yield Check("certificate", certificate, failure=Status.DEGRADED)
    yield Check("queue", queue, failure=Status.DEGRADED)


def needed() -> tuple[Feature, ...]:
    """The modules that updates need, both of them."""
    return Feature.CVR, Feature.CVR_UPDATE


def module_finding(on: dict[Feature, bool]) -> Finding:
    """Degraded only where somebody wants updates and cannot have them."""
    off = [str(feature) for feature, is_on in on.items() if not is_on]
    status = Status.DEGRADED if off and on[Feature.CVR_UPDATE] else Status.HEALTHY
    text = (
        f"Updates rest: switched off {'is' if len(off) == 1 else 'are'} {' and '.join(off)}." if off else ""
    )
    return Finding(status, text, {str(feature): is_on for feature, is_on in on.items()})


def provider_finding(standing: State, provider: str) -> Finding:
    """How the provider and we get along."""
    data = {
        "provider": provider,
        "paused_until": _text(standing.paused_until),
        "reason": standing.pause_reason,
    }
    often = f" {standing.pauses} times in a row" if standing.pauses > 1 else ""
    text = (
        sentence(f"The provider could not be asked{often}: {standing.pause_failure}")
        if standing.pauses
        else ""
    )
    told = {name: value for name, value in data.items() if value}
    return Finding(Status.DEGRADED if text else Status.HEALTHY, text, told)


def queue_finding(figures: Figures, standing: State, now: dt.datetime, every: dt.timedelta) -> Finding:
    """What waits, and what somebody has to decide."""
    reasons = []
    if standing.held_at is not None:
        reasons.append(
            "The brake holds updates, which would end or blank too many contacts; let it go, or look into it."
        )
    if figures.failing:
        reasons.append(f"Updates that failed and are tried again: {figures.failing}; see /failures.")
    if figures.given_up:
        reasons.append(f"Updates that were given up: {figures.given_up}; see /failures.")
    if figures.oldest_due_at is not None and now - figures.oldest_due_at > PATIENCE * every:
        reasons.append(f"An update is due since {_text(figures.oldest_due_at)}.")
    data = {
        "waiting": figures.waiting,
        "due": figures.due,
        "failing": figures.failing,
        "running": figures.running,
        "given_up": figures.given_up,
        "obsolete": figures.obsolete,
    }
    return Finding(Status.DEGRADED if reasons else Status.HEALTHY, " ".join(reasons), data)


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
