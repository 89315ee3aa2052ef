"""The page of the modules: what each does, whether it is on, and what happens when it is switched."""

import dataclasses
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.features import Feature

from console.web.addresses import Place
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

API = "/configuration/features"
PAGE = "/ui/configuration"
pages = Pages()


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """A module in words: what it does, and what happens when it is switched on and off."""

    does: str
    on: Sequence[str]
    off: Sequence[str]


MODULES: Mapping[Feature, Module] = {
    Feature.CPR: Module(
        does=N_(
            "Persons: looked up and imported at CPR Direkte, and kept up to date from the files of CPR Batch."
        ),
        on=(
            N_("CPR Direkte and CPR Batch answer; persons can be looked up, imported and subscribed."),
            N_(
                "Their jobs run at their times: fetching files, telling CPR whom we subscribe, changing the password."
            ),
        ),
        off=(
            N_("CPR Direkte and CPR Batch refuse every call with “the module is switched off”."),
            N_(
                "Their jobs rest: persons are not kept up to date. CPR keeps its subscriptions and goes on delivering."
            ),
            N_("Contacts stay as they are. Files that come meanwhile can be imported afterwards."),
        ),
    ),
    Feature.CVR: Module(
        does=N_("Companies and production units: looked up and imported at CVR."),
        on=(
            N_(
                "Companies can be looked up and imported, with the access that stands under External sources."
            ),
        ),
        off=(
            N_("CVR Online refuses every call with “the module is switched off”."),
            N_("CVR Update rests, even where it is on. Contacts stay as they are."),
        ),
    ),
    Feature.CVR_UPDATE: Module(
        does=N_("Keeps every company and production unit up to date, each hour. Needs the module CVR."),
        on=(
            N_("Every company and production unit in the store is subscribed and brought up to date."),
            N_("That may take long, and is seen under CVR Update. New ones follow by themselves."),
        ),
        off=(
            N_("All subscriptions of companies and production units are cancelled."),
            N_("Contacts keep their data and grow old. Switched on again, all of them are subscribed anew."),
        ),
    ),
}


@pages.get("/configuration", needs=Scope.CONFIG_READ)
async def show_modules(visit: CurrentVisit) -> Response:
    """The modules."""
    found = (await visit.call(Place.CONSOLE, "GET", API))["items"]
    return visit.show("configuration/modules.html", switches=found, modules=MODULES)


@pages.post("/configuration/modules/{feature}", needs=Scope.CONFIG_WRITE)
async def switch_module(visit: CurrentVisit, feature: Feature) -> Response:
    """Switches a module, once what will happen is confirmed."""
    is_on = visit.form.text("enabled") == "yes"
    if not visit.form.is_confirmed:
        happens = MODULES[feature].on if is_on else MODULES[feature].off
        title = N_("Switch %(module)s on?") if is_on else N_("Switch %(module)s off?")
        return visit.confirm(
            title=visit.say(title, module=feature),
            what=[visit.say(line) for line in (*happens, N_("Running services notice within two seconds."))],
            action=visit.say(N_("Switch on") if is_on else N_("Switch off")),
            back=PAGE,
            is_danger=not is_on,
        )
    await visit.call(Place.CONSOLE, "PUT", f"{API}/{quote(feature)}", json={"enabled": is_on})
    said = N_("%(module)s is switched on.") if is_on else N_("%(module)s is switched off.")
    return visit.done(PAGE, visit.say(said, module=feature))
