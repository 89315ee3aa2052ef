"""What ``/readiness`` says of CVR. Nothing of it makes the service not ready: what is wrong is told to whoever asks.

Where nobody has asked for a while, the check asks for a unit itself, so that what would keep a call from working is seen
before somebody needs it.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from registerbro.features import Feature
from registerbro.health import Check, Finding, Status, sentence
from registerbro.registers.certificates import CertificateState
from registerbro.registers.errors import RegisterError
from registerbro.registers.steps import SAMPLE
from registerbro.registers.watching import certificate_finding
from registerbro.service import Service

from cvr_online.online import Online
from cvr_online.register import RegisterState

QUIET = dt.timedelta(minutes=1)  # after which the check asks itself


def checks(service: Service) -> Iterator[Check]:
    """The service's own checks."""

    async def register() -> Finding:
        online = service.get(Online)
        if await service.features.is_enabled(Feature.CVR):
            await ask_if_quiet(online)
        return finding(online.register.state, await online.provider.certificate())

    yield Check("CVR", register, failure=Status.DEGRADED)


async def ask_if_quiet(online: Online) -> None:
    """Looks the vendor's sample unit up, where nothing was asked for a minute; what comes of it stands in the state."""
    last = online.register.state.last_called
    if last is not None and online.now() - last < QUIET:
        return
    try:
        await online.register.find(SAMPLE, is_fresh=True)
    except RegisterError:
        return  # the state has it


def finding(state: RegisterState, certificate: CertificateState | None) -> Finding:
    """How the provider and we get along, and how our certificate stands."""
    ours = certificate_finding(certificate)
    failed = sentence(f"The last call failed: {state.failure}") if state.failure else ""
    times = {
        "last_success": state.last_success,
        "last_failure_at": state.last_failure_at,
        "paused_until": state.paused_until,
    }
    data: dict[str, Any] = {name: time.isoformat(timespec="seconds") for name, time in times.items() if time}
    if state.last_failure:
        data["last_failure"] = str(state.last_failure)
    if ours.data:
        data["certificate"] = ours.data
    reasons = " ".join(filter(None, (failed, ours.description)))
    return Finding(Status.DEGRADED if failed else ours.status, reasons, data)
