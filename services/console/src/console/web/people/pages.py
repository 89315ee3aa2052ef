"""The pages of local users: who there is, with which roles, and what an administrator does for them.

Where people log in at an external issuer, they are kept there; what remains here is to end their sessions, and who did so.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.people.roles import SCOPES, Role
from console.web.addresses import Place, below
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.people import password
from console.web.visit import CurrentVisit, Visit

API = "/people"
LIST = "/ui/people"
ELSEWHERE = "login-elsewhere"
EXPLAINED: dict[Role, str] = {
    Role.VIEWER: N_("Looks at contacts, runs of CPR Batch and the configuration."),
    Role.OPERATOR: N_(
        "Also imports and changes contacts, subscribes, runs CPR Batch and CVR Update, sends events again."
    ),
    Role.ADMINISTRATOR: N_(
        "Also changes the configuration, clients and users, and can give any role to anybody."
    ),
    Role.DATA_PROTECTION_OFFICER: N_(
        "Looks at contacts with protected names and addresses, and at the audit log; changes nothing."
    ),
}
pages = Pages()
ALL: Sequence[Pages] = (pages, password.pages)


@pages.get("/people", needs=Scope.CONFIG_READ)
async def list_people(visit: CurrentVisit, after: Annotated[str, Query(max_length=100)] = "") -> Response:
    """All local users; or that they are kept elsewhere."""
    try:
        found = await visit.call(Place.CONSOLE, "GET", API, params={"after": after})
    except CallFailed as failure:
        if failure.slug != ELSEWHERE:
            raise
        return _elsewhere(visit, failure.facts["issuer"])
    return visit.show("people/list.html", people=found)


@pages.get("/people/new", needs=Scope.CONFIG_WRITE)
async def new_person(visit: CurrentVisit) -> Response:
    """The form of a new one."""
    return _new(visit, {"user_name": "", "display_name": "", "roles": [Role.VIEWER]})


@pages.post("/people/new", needs=Scope.CONFIG_WRITE)
async def add_person(visit: CurrentVisit) -> Response:
    """Adds a user; shows the one-time password, this once."""
    typed = {"user_name": visit.form.text("user_name").lower(), **_profile(visit)}
    try:
        person = await visit.call(Place.CONSOLE, "POST", API, json=typed)
    except CallFailed as failure:
        return _new(visit, typed, failure)
    return visit.show("people/one_time.html", status=201, person=person)


@pages.post("/people/sessions", needs=Scope.CONFIG_WRITE)
async def end_sessions_of(visit: CurrentVisit) -> Response:
    """Ends the sessions of somebody by name, as of a person from the external issuer."""
    name = visit.form.text("name")
    if not name:
        return visit.done(LIST)
    if not visit.form.is_confirmed:
        return _confirm_end(visit, name, LIST)
    return await _end(visit, name, LIST)


@pages.get("/people/{user_name}", needs=Scope.CONFIG_READ)
async def show_person(visit: CurrentVisit, user_name: str) -> Response:
    """One user, and what was done to it."""
    person = await visit.call(Place.CONSOLE, "GET", _path(user_name))
    return await _person(visit, person, typed=person)


@pages.post("/people/{user_name}", needs=Scope.CONFIG_WRITE)
async def change_person(visit: CurrentVisit, user_name: str) -> Response:
    """Changes name and roles."""
    typed = _profile(visit)
    try:
        await visit.call(Place.CONSOLE, "PATCH", _path(user_name), json=typed)
    except CallFailed as failure:
        person = await visit.call(Place.CONSOLE, "GET", _path(user_name))
        return await _person(visit, person, typed=typed, failure=failure)
    return visit.done(_page(user_name), visit.say(N_("The user was changed.")))


@pages.post("/people/{user_name}/switch", needs=Scope.CONFIG_WRITE)
async def switch_person(visit: CurrentVisit, user_name: str) -> Response:
    """Enables a user; disables one once that is confirmed, because the sessions end."""
    is_on = visit.form.text("enabled") == "yes"
    if not is_on and not visit.form.is_confirmed:
        return _confirm(
            visit,
            user_name,
            title=N_("Disable the user %(name)s?"),
            what=(N_("Every session of the user ends at once, and no log-in is possible."),),
            action=N_("Disable the user"),
        )
    await visit.call(Place.CONSOLE, "PATCH", _path(user_name), json={"enabled": is_on})
    said = N_("The user was enabled.") if is_on else N_("The user was disabled.")
    return visit.done(_page(user_name), visit.say(said))


@pages.post("/people/{user_name}/password", needs=Scope.CONFIG_WRITE)
async def reset_password(visit: CurrentVisit, user_name: str) -> Response:
    """Gives a one-time password once that is confirmed; shows it, this once."""
    if not visit.form.is_confirmed:
        return _confirm(
            visit,
            user_name,
            title=N_("Give %(name)s a one-time password?"),
            what=(
                N_("The present password is accepted no more, and every session of the user ends at once."),
                N_("The one-time password is accepted for three days and opens nothing but its own change."),
            ),
            action=N_("Give a one-time password"),
        )
    person = await visit.call(Place.CONSOLE, "POST", f"{_path(user_name)}/password-reset")
    return visit.show("people/one_time.html", person=person)


@pages.post("/people/{user_name}/unlock", needs=Scope.CONFIG_WRITE)
async def unlock_person(visit: CurrentVisit, user_name: str) -> Response:
    """Ends the pause after wrong passwords."""
    await visit.call(Place.CONSOLE, "POST", f"{_path(user_name)}/unlock")
    return visit.done(_page(user_name), visit.say(N_("The pause has ended: passwords are looked at again.")))


@pages.post("/people/{user_name}/sessions", needs=Scope.CONFIG_WRITE)
async def end_sessions(visit: CurrentVisit, user_name: str) -> Response:
    """Ends every session of a local user once that is confirmed."""
    if not visit.form.is_confirmed:
        return _confirm_end(visit, user_name, _page(user_name))
    return await _end(visit, user_name, _page(user_name))


@pages.post("/people/{user_name}/removal", needs=Scope.CONFIG_WRITE)
async def remove_person(visit: CurrentVisit, user_name: str) -> Response:
    """Removes a user once that is confirmed."""
    if not visit.form.is_confirmed:
        return _confirm(
            visit,
            user_name,
            title=N_("Remove the user %(name)s?"),
            what=(
                N_("Every session of the user ends at once, and no log-in is possible."),
                N_("What the user did stays in the audit log and the histories, under this name."),
                N_("The name can be given to somebody again; disabling keeps it."),
            ),
            action=N_("Remove the user"),
        )
    await visit.call(Place.CONSOLE, "DELETE", _path(user_name))
    return visit.done(LIST, visit.say(N_("The user was removed.")))


def _profile(visit: Visit) -> dict[str, Any]:
    return {"display_name": visit.form.text("display_name"), "roles": visit.form.many("roles")}


def _new(visit: Visit, typed: dict[str, Any], failure: CallFailed | None = None) -> Response:
    return visit.show("people/new.html", typed=typed, roles=_roles(visit), failure=failure)


async def _person(
    visit: Visit, person: dict[str, Any], *, typed: dict[str, Any], failure: CallFailed | None = None
) -> Response:
    history = await visit.attempt(Place.CONSOLE, "GET", f"{_path(person['user_name'])}/history")
    return visit.show(
        "people/show.html",
        person=person,
        typed=typed,
        roles=_roles(visit),
        history=history,
        failure=failure,
    )


def _elsewhere(visit: Visit, issuer: str) -> Response:
    return visit.show("people/elsewhere.html", issuer=issuer, roles=_roles(visit))


def _roles(visit: Visit) -> list[dict[str, Any]]:
    return [
        {"role": str(role), "text": visit.say(EXPLAINED[role]), "scopes": sorted(map(str, SCOPES[role]))}
        for role in Role
    ]


def _confirm(visit: Visit, user_name: str, *, title: str, what: Sequence[str], action: str) -> Response:
    return visit.confirm(
        title=visit.say(title, name=user_name),
        what=[visit.say(line) for line in what],
        action=visit.say(action),
        back=_page(user_name),
    )


def _confirm_end(visit: Visit, name: str, back: str) -> Response:
    return visit.confirm(
        title=visit.say(N_("End every session of %(name)s?"), name=name),
        what=[
            visit.say(N_("Wherever somebody is logged in by this name, the next click leads to the log-in.")),
            visit.say(N_("What was typed there and not sent may be lost.")),
        ],
        action=visit.say(N_("End the sessions")),
        back=back,
    )


async def _end(visit: Visit, name: str, back: str) -> Response:
    ended = (await visit.call(Place.CONSOLE, "DELETE", f"{_path(name)}/sessions"))["ended"]
    return visit.done(back, visit.say(N_("Sessions ended: %(count)s."), count=ended))


def _path(user_name: str) -> str:
    return below(API, user_name)


def _page(user_name: str) -> str:
    return below(LIST, user_name)
