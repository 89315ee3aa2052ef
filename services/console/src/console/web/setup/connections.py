"""Connection tests of the services, and what came of one as steps for a page."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from console.web.addresses import Place
from console.web.languages import N_

OUTCOMES: Mapping[bool | None, tuple[str, str]] = {  # text and tone
    True: (N_("works"), "good"),
    False: (N_("fails"), "bad"),
    None: (N_("not tried"), "quiet"),
}
STEPS: Mapping[str, str] = {
    "settings": N_("Settings"),
    "address": N_("Address"),
    "connection": N_("Connection"),
    "encryption": N_("Encryption"),
    "host-key": N_("Key of the server"),
    "logon": N_("Logon"),
    "authorisation": N_("Authorisation"),
    "directory": N_("Directory"),
    "input-directory": N_("Directory for our files"),
    "interim-directory": N_("Interim directory"),
    "sample-call": N_("Sample call"),
    "store": N_("Contact store"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What is called to test a connection, and how long it may take."""

    place: Place
    path: str
    patience: dt.timedelta = dt.timedelta(seconds=90)


TESTS: Mapping[str, ConnectionTest] = {
    "cpr-direct": ConnectionTest(Place.CPR_DIRECT, "/connection-tests"),
    "cpr-batch": ConnectionTest(Place.CPR_BATCH, "/connection-tests"),
    "cvr-online": ConnectionTest(Place.CVR_ONLINE, "/connection/test"),
}


def shown(found: Mapping[str, Any], say: Callable[[str], str]) -> dict[str, Any]:
    """The result as ``parts.steps`` shows it."""
    steps = []
    for step in found["steps"]:
        state, tone = OUTCOMES[step["is_ok"]]
        failure = step["failure"]
        detail = step["remark"] if failure is None else failure["detail"] or failure["title"]
        name = say(STEPS.get(step["name"], step["name"]))
        steps.append({"name": name, "state": say(state), "tone": tone, "detail": detail})
    return {"is_ok": found["is_ok"], "steps": steps}
