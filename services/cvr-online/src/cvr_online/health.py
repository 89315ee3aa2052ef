"""What ``/readiness`` says of CVR. Nothing of it makes the service not ready: what is wrong is told to whoever asks.

Where nobody has asked for a while, the check asks for a unit itself, so that what would keep a call from working is seen
before somebody needs it.
"""

import datetime as dt
from collections.abc import Iterator

from registerbro.features import Feature
from registerbro.health import Check, Finding, Status
from registerbro.registers.certificates import CertificateState
from registerbro.registers.errors import RegisterError
from registerbro.registers.steps import SAMPLE
from registerbro.service import Service

from cvr_online.online import Online
from cvr_online.register import RegisterState

QUIET = dt.timedelta(minutes=1)  # after which the check asks itself


def checks(service: Service) -> Iterator[Check]:
    """The service's own checks."""

    async def register() -> Finding:
        online = service.get(Online)
        if await service.features.is_enabled(Feature.CVR):
            await _ask_if_quiet(online)
        return finding(online.register.state, online.provider.certificate)

    yield Check("CVR", register, failure=Status.DEGRADED)


async def _ask_if_quiet(online: Online) -> None:
    last = online.register.state.last_called
    if last is not None and online.now() - last < QUIET:
        return
    try:
        await online.register.find(SAMPLE, is_fresh=True)
    except RegisterError:
        return  # the state has it


def finding(state: RegisterState, certificate: CertificateState | None) -> Finding:
    """How the provider and we get along."""
    data = {
        "last_success": _text(state.last_success),
        "last_failure": str(state.last_failure) if state.last_failure else None,
        "last_failure_at": _text(state.last_failure_at),
        "paused_until": _text(state.paused_until),
        "certificate_expires": _text(certificate.not_after) if certificate else None,
    }
    reasons = list(_reasons(state, certificate))
    status = Status.DEGRADED if reasons else Status.HEALTHY
    return Finding(status, " ".join(reasons), {name: value for name, value in data.items() if value})


def _reasons(state: RegisterState, certificate: CertificateState | None) -> Iterator[str]:
    if state.failure is not None:
        yield f"The last call failed: {state.failure}."
    if certificate is not None and not certificate.is_fine:
        yield f"{certificate.text[:1].upper()}{certificate.text[1:]}."


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
