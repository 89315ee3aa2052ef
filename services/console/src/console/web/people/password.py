"""The page where a person changes the password; one that was given for one time opens nothing else."""

from fastapi.responses import Response

from console.people.passwords import LONGEST, SHORTEST
from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.menu import HOME
from console.web.pages import Pages
from console.web.visit import PASSWORD, CurrentVisit, Visit
from console.web.wrong import Wrong

API = "/session/password"
pages = Pages()


@pages.get(PASSWORD.removeprefix("/ui"))
async def show_password(visit: CurrentVisit) -> Response:
    """The form; for who logs in elsewhere, where the password is kept."""
    return _form(visit)


@pages.post(PASSWORD.removeprefix("/ui"))
async def change_password(visit: CurrentVisit) -> Response:
    """Changes it. All sessions of the person end; the browser goes on in a new one."""
    current, new = visit.form.raw("current"), visit.form.raw("new")
    if new != visit.form.raw("again"):
        said = visit.say(N_("This is not what stands in the field above."))
        return _form(visit, wrong=Wrong({"again": said}))
    try:
        answer = await visit.answer(Place.CONSOLE, "POST", API, json={"current": current, "new": new})
    except CallFailed as failure:
        return _form(visit, failure=failure)
    done = visit.done(HOME, visit.say(N_("The password was changed. Your other sessions have ended.")))
    done.headers.append("set-cookie", answer.headers["set-cookie"])
    return done


def _form(visit: Visit, *, failure: CallFailed | None = None, wrong: Wrong | None = None) -> Response:
    return visit.show(
        "people/password.html",
        status=422 if wrong else None,
        failure=failure,
        wrong=wrong or failure,
        shortest=SHORTEST,
        longest=LONGEST,
    )
