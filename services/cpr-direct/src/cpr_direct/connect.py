"""The connection test: everything that may stand between us and CPR, one by one, as the vendor's test button tells it."""

import dataclasses
import enum
from typing import Protocol

from cpr_direct.errors import DirectError, NoAnswer, Phase, ServerError
from cpr_direct.route import Route
from cpr_direct.wire import Header

OK = "Forbindelse og login er OK"
BY_PROXY = "a local proxy does the encryption"


class Step(enum.StrEnum):
    """What is tried, in this order."""

    ADDRESS = "address"
    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    LOGON = "logon"


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """One step; ``is_ok`` is None where it was not tried: an earlier one failed, or ``remark`` says why."""

    step: Step
    is_ok: bool | None
    failure: DirectError | None = None
    remark: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """All steps; ``header`` is the answer to the logon, 28 characters, the token masked."""

    steps: tuple[Tried, ...]
    header: str | None = None

    @property
    def is_ok(self) -> bool:
        """Whether CPR can be asked."""
        return self.header is not None


class Reachable(Protocol):
    """What is checked: the gateway."""

    @property
    def route(self) -> Route:
        """Where CPR is."""
        ...

    async def reach(self) -> None:
        """Connects, and asks nothing."""
        ...

    async def logon(self) -> Header:
        """Logs on anew."""
        ...


async def check(gateway: Reachable) -> Checked:
    """Connects, and logs on anew. A logon that CPR has refused before is not tried again."""
    failure = await _failure_of_way(gateway)
    failed = None if failure is None else _step_of(failure)
    way = [_tried(step, failed, failure) for step in (Step.ADDRESS, Step.CONNECTION, Step.ENCRYPTION)]
    if gateway.route.context is None:
        way[-1] = Tried(Step.ENCRYPTION, None, remark=BY_PROXY)
    if failure is not None:
        return Checked((*way, Tried(Step.LOGON, None)))
    try:
        header = await gateway.logon()
    except DirectError as error:
        return Checked((*way, Tried(Step.LOGON, is_ok=False, failure=error)))
    return Checked((*way, Tried(Step.LOGON, is_ok=True)), header.masked)


async def _failure_of_way(gateway: Reachable) -> DirectError | None:
    try:
        await gateway.reach()
    except DirectError as error:
        return error
    return None


def _step_of(failure: DirectError) -> Step:
    """``Busy`` counts as the connection's."""
    phase = failure.phase if isinstance(failure, ServerError | NoAnswer) else Phase.CONNECTION
    return Step(phase)


def _tried(step: Step, failed: Step | None, failure: DirectError | None) -> Tried:
    order = list(Step)
    if failed is None or order.index(step) < order.index(failed):
        return Tried(step, is_ok=True)
    return Tried(step, is_ok=False, failure=failure) if step is failed else Tried(step, None)
