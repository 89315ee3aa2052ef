"""The pages of client applications."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

API = "/oauth2/clients"
LIST = "/ui/clients"
pages = Pages()


@pages.get("/clients", needs=Scope.CONFIG_READ)
async def list_clients(visit: CurrentVisit, after: str = "") -> Response:
    """All clients."""
    found = await visit.call(Place.CONSOLE, "GET", API, params={"after": after})
    return visit.show("clients/list.html", clients=found)


@pages.get("/clients/new", needs=Scope.CONFIG_WRITE)
async def new_client(visit: CurrentVisit) -> Response:
    """The form of a new one."""
    return visit.show(
        "clients/new.html",
        typed={"client_id": "", "name": "", "acts_as": None, "scopes": []},
        scopes=_scopes(),
    )


@pages.post("/clients/new", needs=Scope.CONFIG_WRITE)
async def add_client(visit: CurrentVisit) -> Response:
    """Registers it; shows its secret, this once."""
    typed = {
        "client_id": visit.form.text("client_id"),
        "name": visit.form.text("name"),
        "acts_as": visit.form.optional("acts_as"),
        "scopes": visit.form.many("scopes"),
    }
    try:
        client = await visit.call(Place.CONSOLE, "POST", API, json=typed)
    except CallFailed as failure:
        return visit.show(
            "clients/new.html", status=failure.status, typed=typed, scopes=_scopes(), failure=failure
        )
    return visit.show("clients/secret.html", status=201, client=client)


@pages.get("/clients/{client_id}", needs=Scope.CONFIG_READ)
async def show_client(visit: CurrentVisit, client_id: str) -> Response:
    """One client and its history."""
    client = await visit.call(Place.CONSOLE, "GET", f"{API}/{client_id}")
    history = await visit.attempt(Place.CONSOLE, "GET", f"{API}/{client_id}/history")
    return visit.show("clients/show.html", client=client, history=history)


@pages.post("/clients/{client_id}/removal", needs=Scope.CONFIG_WRITE)
async def remove_client(visit: CurrentVisit, client_id: str) -> Response:
    """Removes it, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Remove the client %(client)s?"), client=client_id),
            what=[
                visit.say(N_("It gets no more tokens. Tokens that it has are accepted until they expire.")),
                visit.say(N_("Its history stays. The id can be registered again.")),
            ],
            action=visit.say(N_("Remove the client")),
            back=f"{LIST}/{client_id}",
        )
    await visit.call(Place.CONSOLE, "DELETE", f"{API}/{client_id}")
    return visit.done(LIST, visit.say(N_("The client was removed.")))


def _scopes() -> list[tuple[str, str]]:
    return [(str(scope), str(scope)) for scope in Scope]
