"""The pages of client applications."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.oauth2.clients import LONGEST_OVERLAP, GrantType
from console.oauth2.hashing import LONGEST, SHORTEST
from console.web.addresses import Place, below
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

API = "/oauth2/clients"
LIST = "/ui/clients"
ELSEWHERE = "tokens-issued-elsewhere"
MOST_HOURS = round(LONGEST_OVERLAP.total_seconds() / 3600)
GRANTS = {
    GrantType.CLIENT_CREDENTIALS: N_("client credentials"),
    GrantType.AUTHORIZATION_CODE: N_("authorization code (kept, not served)"),
}
NEW: dict[str, Any] = {
    "client_id": "",
    "name": "",
    "enabled": True,
    "grant_type": GrantType.CLIENT_CREDENTIALS,
    "allows_browser": False,
    "allows_offline": False,
    "requires_pkce": True,
    "scopes": [],
    "acts_as": None,
}
pages = Pages()
ALL: Sequence[Pages] = (pages,)


@pages.get("/clients", needs=Scope.CONFIG_READ)
async def list_clients(visit: CurrentVisit, after: Annotated[str, Query(max_length=100)] = "") -> Response:
    """All clients; or that they are registered elsewhere."""
    try:
        found = await visit.call(Place.CONSOLE, "GET", API, params={"after": after})
    except CallFailed as failure:
        if failure.slug != ELSEWHERE:
            raise
        return visit.show("clients/elsewhere.html", issuer=failure.facts["issuer"])
    return visit.show("clients/list.html", clients=found)


@pages.get("/clients/new", needs=Scope.CONFIG_WRITE)
async def new_client(visit: CurrentVisit) -> Response:
    """The form of a new one."""
    return _form(visit, "clients/new.html", NEW)


@pages.post("/clients/new", needs=Scope.CONFIG_WRITE)
async def add_client(visit: CurrentVisit) -> Response:
    """Registers it; shows its secret, this once."""
    typed = {"client_id": visit.form.text("client_id"), **_typed(visit)}
    try:
        client = await visit.call(Place.CONSOLE, "POST", API, json=typed | _secret(visit))
    except CallFailed as failure:
        return _form(visit, "clients/new.html", typed, failure)
    return await _show_secret(visit, client, status=201)


@pages.get("/clients/{client_id}", needs=Scope.CONFIG_READ)
async def show_client(visit: CurrentVisit, client_id: str) -> Response:
    """One client, how it gets its tokens, and its history."""
    client = await visit.call(Place.CONSOLE, "GET", below(API, client_id))
    history = await visit.attempt(Place.CONSOLE, "GET", below(API, client_id, "history"))
    return visit.show("clients/show.html", client=client, history=history, token_url=await _token_url(visit))


@pages.get("/clients/{client_id}/change", needs=Scope.CONFIG_WRITE)
async def edit_client(visit: CurrentVisit, client_id: str) -> Response:
    """The form with what is kept."""
    client = await visit.call(Place.CONSOLE, "GET", below(API, client_id))
    return _form(visit, "clients/change.html", client)


@pages.post("/clients/{client_id}/change", needs=Scope.CONFIG_WRITE)
async def change_client(visit: CurrentVisit, client_id: str) -> Response:
    """Changes all that can be said of it."""
    typed = _typed(visit)
    try:
        await visit.call(Place.CONSOLE, "PATCH", below(API, client_id), json=typed)
    except CallFailed as failure:
        return _form(visit, "clients/change.html", typed | {"client_id": client_id}, failure)
    return visit.done(below(LIST, client_id), visit.say(N_("The client was changed.")))


@pages.post("/clients/{client_id}/switch", needs=Scope.CONFIG_WRITE)
async def switch_client(visit: CurrentVisit, client_id: str) -> Response:
    """Enables a client; disables one once that is confirmed, because its calls fail soon."""
    is_on = visit.form.text("enabled") == "yes"
    if not is_on and not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Disable the client %(client)s?"), client=client_id),
            what=[
                visit.say(N_("It gets no more tokens. Tokens that it has are accepted until they expire.")),
                visit.say(N_("It can be enabled again; its secret stays.")),
            ],
            action=visit.say(N_("Disable the client")),
            back=below(LIST, client_id),
        )
    await visit.call(Place.CONSOLE, "PATCH", below(API, client_id), json={"enabled": is_on})
    said = N_("The client was enabled.") if is_on else N_("The client was disabled.")
    return visit.done(below(LIST, client_id), visit.say(said))


@pages.get("/clients/{client_id}/secret", needs=Scope.CONFIG_WRITE)
async def ask_secret(visit: CurrentVisit, client_id: str) -> Response:
    """Asks for a new secret and how long the present one stays, and says what will happen."""
    client = await visit.call(Place.CONSOLE, "GET", below(API, client_id))
    return _ask_secret(visit, client, hours=24)


@pages.post("/clients/{client_id}/secret", needs=Scope.CONFIG_WRITE)
async def change_secret(visit: CurrentVisit, client_id: str) -> Response:
    """Gives it; shows it, this once."""
    hours = visit.form.number("overlap_hours") or 0
    try:
        sent = {"overlap_hours": hours, **_secret(visit)}
        client = await visit.call(Place.CONSOLE, "POST", below(API, client_id, "secrets"), json=sent)
    except CallFailed as failure:
        client = await visit.call(Place.CONSOLE, "GET", below(API, client_id))
        return _ask_secret(visit, client, hours=hours, failure=failure)
    return await _show_secret(visit, client, status=201)


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
            back=below(LIST, client_id),
        )
    await visit.call(Place.CONSOLE, "DELETE", below(API, client_id))
    return visit.done(LIST, visit.say(N_("The client was removed.")))


def _typed(visit: Visit) -> dict[str, Any]:
    form = visit.form
    return {
        "name": form.text("name"),
        "enabled": form.flag("enabled"),
        "grant_type": form.text("grant_type", GrantType.CLIENT_CREDENTIALS),
        "allows_browser": form.flag("allows_browser"),
        "allows_offline": form.flag("allows_offline"),
        "requires_pkce": form.flag("requires_pkce"),
        "scopes": form.many("scopes"),
        "acts_as": form.optional("acts_as"),
    }


def _secret(visit: Visit) -> dict[str, str]:
    typed = visit.form.raw("client_secret")
    return {"client_secret": typed} if typed else {}


def _form(visit: Visit, template: str, typed: dict[str, Any], failure: CallFailed | None = None) -> Response:
    return visit.show(
        template,
        typed=typed,
        scopes=[(str(scope), str(scope)) for scope in Scope],
        grant_types=[(str(each), visit.say(GRANTS[each])) for each in GrantType],
        shortest=SHORTEST,
        longest=LONGEST,
        failure=failure,
    )


def _ask_secret(
    visit: Visit, client: dict[str, Any], *, hours: int | str, failure: CallFailed | None = None
) -> Response:
    return visit.show(
        "clients/new_secret.html",
        client=client,
        hours=hours,
        most_hours=MOST_HOURS,
        shortest=SHORTEST,
        longest=LONGEST,
        failure=failure,
    )


async def _show_secret(visit: Visit, client: dict[str, Any], *, status: int) -> Response:
    return visit.show("clients/secret.html", status=status, client=client, token_url=await _token_url(visit))


async def _token_url(visit: Visit) -> str | None:
    """Where a client gets its token; None if that cannot be told just now."""
    found = await visit.attempt(Place.CONSOLE, "GET", "/.well-known/openid-configuration")
    return None if isinstance(found, CallFailed) else str(found["token_endpoint"])
