"""What the registers' stand-ins do wrong: some of it at the press of a button, all of it shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.sandbox.servers import SERVERS, Server
from console.web.sandbox.world import HOME
from console.web.visit import CurrentVisit, Visit

PAGE = f"{HOME}/faults"
pages = Pages()


@pages.get("/sandbox/faults", needs=Scope.SANDBOX_CONTROL)
async def show_faults(visit: CurrentVisit) -> Response:
    """What each server does wrong."""
    return await _shown(visit)


@pages.post("/sandbox/faults", needs=Scope.SANDBOX_CONTROL)
async def set_fault(visit: CurrentVisit) -> Response:
    """A server does something wrong in place of what it did before; an unknown fault: nothing any more."""
    name, form = visit.form.text("server"), visit.form
    server = SERVERS.get(name)
    if server is None:
        return await _shown(visit)
    fault = server.faults.get(form.text("fault"))
    times = {"times": form.number("times")} if fault and form.text("times") else {}
    wrong = {**fault.fields, **times} if fault else {}
    try:
        await visit.call(Place.SANDBOX, "PUT", f"/faults/{name}", json=wrong)
    except CallFailed as failure:
        return await _shown(visit, failure, server=name)
    said = fault.text if fault else N_("everything works again")
    return visit.done(PAGE, f"{visit.say(server.text)}: {visit.say(said)}")


@pages.post("/sandbox/faults/end", needs=Scope.SANDBOX_CONTROL)
async def end_faults(visit: CurrentVisit) -> Response:
    """Everything works again."""
    await visit.call(Place.SANDBOX, "DELETE", "/faults")
    return visit.done(PAGE, visit.say(N_("Everything works again with all servers.")))


async def _shown(visit: Visit, failure: CallFailed | None = None, *, server: str = "") -> Response:
    faults = await visit.call(Place.SANDBOX, "GET", "/faults")
    return visit.show(
        "sandbox/faults.html",
        servers=SERVERS,
        wrong={name: _set(faults[name]) if name in faults["wrong"] else [] for name in SERVERS},
        chosen={name: _chosen(SERVERS[name], faults[name]) for name in SERVERS},
        failure=failure,
        failed=server,
        times=visit.form.text("times"),
    )


def _set(fields: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """The fields that say something, as the API names them."""
    quiet: tuple[Any, ...] = (None, False, 0, 0.0, "", [], "all")
    return [(name, _written(value)) for name, value in fields.items() if value not in quiet]


def _written(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _chosen(server: Server, fields: Mapping[str, Any]) -> str:
    """Which of the known faults is set, if it is one of them."""
    found = (
        name
        for name, fault in server.faults.items()
        if all(fields[field] == value for field, value in fault.fields.items())
    )
    return next(found, "")
