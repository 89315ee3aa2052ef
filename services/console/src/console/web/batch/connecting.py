"""The file server: Connect, the test step by step, get one file or all."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web import connection_tests
from console.web.batch.common import HOME, SERVER, SERVICE, start
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

PAGE = f"{HOME}/server"
pages = Pages()


@pages.get("/batch/server", needs=Scope.BATCH_READ)
async def show_server(visit: CurrentVisit) -> Response:
    """Before connecting: a page alone never logs on, because CPR locks an account after a few wrong passwords."""
    return visit.show("batch/server.html", remote=None)


@pages.post("/batch/server", needs=Scope.BATCH_READ)
async def connect(visit: CurrentVisit) -> Response:
    """Logs on and lists the files that wait there."""
    try:
        found = await visit.call(SERVICE, "GET", "/remote-files", timeout=SERVER)
    except CallFailed as failure:
        return visit.show("batch/server.html", remote=None, failure=failure)
    return visit.show("batch/server.html", remote=found)


@pages.get("/batch/connection", needs=Scope.BATCH_READ)
async def before_test(visit: CurrentVisit) -> Response:
    """Where somebody comes back to who had to log in again: a test is made only when it is asked for."""
    return visit.done(PAGE)


@pages.post("/batch/connection", needs=Scope.BATCH_RUN)
async def test_connection(visit: CurrentVisit) -> Response:
    """Tries each thing that may stand in the way, and says which does."""
    return visit.show("batch/connection.html", tested=await connection_tests.test(visit, SERVICE))


@pages.post("/batch/transfers", needs=Scope.BATCH_RUN)
async def fetch(visit: CurrentVisit) -> Response:
    """Fetches one file or all, once that is confirmed."""
    names = visit.form.many("name")
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Get %(file)s?"), file=names[0]) if names else visit.say(N_("Get all files?")),
            what=_says(visit, is_all=not names),
            action=visit.say(N_("Get file")) if names else visit.say(N_("Get all files")),
            back=PAGE,
            is_danger=False,
        )
    return await start(visit, "/transfers", {"names": names or None})


def _says(visit: Visit, *, is_all: bool) -> list[str]:
    return [
        visit.say(
            N_(
                "Every file that waits on the server is copied to the interim directory, but for those on mass storage."
            )
            if is_all
            else N_("The file is copied to the interim directory.")
        ),
        visit.say(N_("On the server it gets the prefix and is no longer listed; it is not deleted.")),
        visit.say(N_("No contact is changed before the file is imported.")),
    ]
