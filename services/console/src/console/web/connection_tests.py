"""Connection tests of the services, step by step, as ``parts.steps`` shows them."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Self

from registerbro.problems import BASE

from console.web.addresses import Place
from console.web.advice import advice_for
from console.web.languages import N_
from console.web.sentences import Advice
from console.web.visit import Visit

PATHS: Mapping[Place, str] = {
    Place.CPR_DIRECT: "/connection-tests",
    Place.CPR_BATCH: "/connection-tests",
    Place.CVR_ONLINE: "/connection/test",
    Place.CVR_SUBSCRIPTION: "/connection/test",
}
PATIENCE = dt.timedelta(
    minutes=3
)  # a step may wait as long as its service's limits allow, and a mainframe is slow
NAMES: Mapping[str, str] = {
    "settings": N_("Settings"),
    "address": N_("Name of the host (DNS)"),
    "connection": N_("Network connection"),
    "encryption": N_("Encryption and certificates (TLS)"),
    "host-key": N_("Host key"),
    "logon": N_("Logon"),
    "authorisation": N_("Access token"),
    "directory": N_("Directory"),
    "input-directory": N_("Directory for our files"),
    "interim-directory": N_("Interim directory"),
    "sample-call": N_("Sample call: P-number 1003387453"),
    "store": N_("Contact store and contact types"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step. ``name`` and ``state`` are translated when they are shown; ``advice``: what to do where it failed."""

    name: str
    tone: str
    state: str
    advice: Advice | None
    detail: str | None

    @classmethod
    def of(cls, step: Mapping[str, Any], place: Place) -> Self:
        """From a service's answer; CVR Subscription says less of a failure than the others."""
        failure, remark = step["failure"], step.get("remark", step.get("text"))
        if failure and not isinstance(failure, Mapping):
            failure = {"type": failure, "detail": remark}
        if failure:
            slug = failure["type"].removeprefix(BASE)
            return cls(_name(step), "bad", N_("fails"), advice_for(slug, place), failure["detail"])
        if step["is_ok"] is None:
            return cls(_name(step), "quiet", N_("not tried"), None, remark)
        return cls(_name(step), "warning" if _is_odd(place, remark) else "good", N_("works"), None, remark)


def steps(tested: Mapping[str, Any], place: Place) -> Sequence[Step]:
    """The steps of a test's answer."""
    return [Step.of(step, place) for step in tested["steps"]]


async def test(visit: Visit, place: Place) -> dict[str, Any]:
    """Has a service try its connection; its answer, with the steps as pages show them. ``CallFailed``."""
    tested = await visit.call(place, "POST", PATHS[place], timeout=PATIENCE)
    return {**tested, "steps": steps(tested, place)}


def _name(step: Mapping[str, Any]) -> str:
    return NAMES.get(step["name"], step["name"])


def _is_odd(place: Place, remark: str | None) -> bool:
    """Only CPR Batch says nothing but what somebody should look at."""
    return place is Place.CPR_BATCH and bool(remark)
