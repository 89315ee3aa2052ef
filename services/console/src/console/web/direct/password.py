"""The password at CPR: enter the one that holds, or change it there. No password is ever shown, nor sent back to the page."""

from collections.abc import Sequence

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME = "/ui/direct/password"
RULES = (  # cpr_direct.password_rules
    N_("exactly eight characters"),
    N_("at least one small letter, one capital letter and one digit, without æ, ø and å"),
    N_("at least one of ~ ! @ # $ %% ^ * ( ) _ - + = , . / { } [ ] ; : and no other special character"),
    N_("not one that was used at CPR before"),
)
pages = Pages()


@pages.get("/direct/password", needs=Scope.CONFIG_WRITE)
async def show_password(visit: CurrentVisit) -> Response:
    """Age and origin of the password, and both forms."""
    return await _page(visit)


@pages.post("/direct/password/present", needs=Scope.CONFIG_WRITE)
async def store_password(visit: CurrentVisit) -> Response:
    """Takes the password that holds at CPR."""
    sent = {"password": visit.form.raw("password")}
    try:
        await visit.call(Place.CPR_DIRECT, "PUT", "/password", json=sent)
    except CallFailed as failure:
        return await _page(visit, failure=failure)
    return visit.done(
        "/ui/direct", visit.say(N_("The password is stored, encrypted. Test the connection now."))
    )


@pages.post("/direct/password/change", needs=Scope.CONFIG_WRITE)
async def change_password(visit: CurrentVisit) -> Response:
    """Has CPR take a new one, generated or chosen. What happens stands beside the box that says yes: a page in between
    would have to carry the password."""
    form = visit.form
    is_chosen = form.text("how") == "chosen"
    mistakes = ["consent"] if not form.is_confirmed else []
    if is_chosen and form.raw("new_password") != form.raw("repeated"):
        mistakes.append("choice")
    if mistakes:
        return await _page(visit, mistakes=mistakes)
    sent = {"new_password": form.raw("new_password")} if is_chosen else {}
    try:
        await visit.call(Place.CPR_DIRECT, "POST", "/password-changes", json=sent)
    except CallFailed as failure:
        return await _page(visit, failure=failure)
    return visit.done(HOME, visit.say(N_("CPR has taken the new password. It is stored, encrypted.")))


async def _page(
    visit: Visit,
    *,
    failure: CallFailed | None = None,
    mistakes: Sequence[str] = (),
) -> Response:
    return visit.show(
        "direct/password.html",
        status=422 if mistakes else None,
        state=await visit.attempt(Place.CPR_DIRECT, "GET", "/connection"),
        rules=RULES,
        how=visit.form.text("how", "generated"),
        mistakes=mistakes,
        failure=failure,
    )
