"""The page of the keys that sign tokens."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

API = "/oauth2/keys"
PAGE = "/ui/configuration/keys"
ELSEWHERE = "tokens-issued-elsewhere"
pages = Pages()


@pages.get("/configuration/keys", needs=Scope.CONFIG_READ)
async def list_keys(visit: CurrentVisit) -> Response:
    """The keys; or that tokens are signed elsewhere."""
    try:
        found = await visit.call(Place.CONSOLE, "GET", API)
    except CallFailed as failure:
        if failure.slug != ELSEWHERE:
            raise
        return visit.show("configuration/keys_elsewhere.html", issuer=failure.facts["issuer"])
    return visit.show("configuration/keys.html", keys=found["items"])


@pages.post("/configuration/keys", needs=Scope.CONFIG_WRITE)
async def change_key(visit: CurrentVisit) -> Response:
    """Publishes a new key, once that is confirmed; ``revoke``: every token of the others is refused."""
    revokes = visit.form.text("revoke") == "yes"
    if not visit.form.is_confirmed:
        title = N_("Replace the signing key at once?") if revokes else N_("Publish a new signing key?")
        what = (
            (
                N_("The new key signs at once, and every token that the others signed is refused."),
                N_("All clients must get new tokens; until then their calls fail with 401."),
                N_("This is for a key that has become known. It cannot be taken back."),
            )
            if revokes
            else (
                N_(
                    "The new key is published now and signs from the configured notice on, usually in an hour."
                ),
                N_("Tokens of the present key stay good; nobody notices anything."),
            )
        )
        return visit.confirm(
            title=visit.say(title),
            what=[visit.say(line) for line in what],
            action=visit.say(N_("Replace and revoke") if revokes else N_("Publish a new key")),
            back=PAGE,
            is_danger=revokes,
        )
    await visit.call(Place.CONSOLE, "POST", API, json={"revokes_others": revokes})
    return visit.done(PAGE, visit.say(N_("A new key was published.")))
