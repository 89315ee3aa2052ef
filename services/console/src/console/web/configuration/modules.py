"""The page of the modules: what each does, whether it is on, and what happens when it is switched."""

import dataclasses
from collections.abc import Mapping

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.features import Feature

from console.web import switching
from console.web.addresses import Place
from console.web.cvr import state as cvr
from console.web.cvr_update import state as cvr_update
from console.web.languages import N_
from console.web.pages import Pages
from console.web.switching import Switching
from console.web.visit import CurrentVisit

PAGE = "/ui/configuration"
CPR = Switching(
    feature=Feature.CPR,
    back=PAGE,
    title_on=N_("Switch CPR on?"),
    title_off=N_("Switch CPR off?"),
    when_on=(
        N_("Persons can be looked up, imported and subscribed."),
        N_(
            "Jobs run at their times: files are fetched, CPR is told whom we subscribe, the password is changed."
        ),
    ),
    when_off=(
        N_("Nobody can look persons up, or import them, any more."),
        N_("Jobs rest: persons are not kept up to date. CPR keeps its subscriptions and goes on delivering."),
        N_("Contacts keep all their data. Files that come meanwhile can be imported afterwards."),
    ),
)
SWITCHINGS: Mapping[Feature, Switching] = {
    Feature.CPR: CPR,
    Feature.CVR: dataclasses.replace(cvr.SWITCHING, back=PAGE),
    Feature.CVR_UPDATE: dataclasses.replace(cvr_update.SWITCHING, back=PAGE),
}
DOES: Mapping[Feature, str] = {
    Feature.CPR: N_(
        "Persons: looked up and imported at CPR Direkte, and kept up to date from the files of CPR Batch."
    ),
    Feature.CVR: N_("Companies and production units: looked up and imported at CVR."),
    Feature.CVR_UPDATE: N_(
        "Keeps every company and production unit up to date, each hour. Needs the module CVR."
    ),
}
pages = Pages()


@pages.get("/configuration", needs=Scope.CONFIG_READ)
async def show_modules(visit: CurrentVisit) -> Response:
    """The modules."""
    found = (await visit.call(Place.CONSOLE, "GET", switching.API))["items"]
    return visit.show("configuration/modules.html", switches=found, does=DOES)


@pages.post("/configuration/modules/{feature}", needs=Scope.CONFIG_WRITE)
async def switch_module(visit: CurrentVisit, feature: Feature) -> Response:
    """Switches a module, once what will happen is confirmed."""
    return await switching.switch(visit, SWITCHINGS[feature])
