"""A module's switch on the page of its own: says what will happen, asks, and switches."""

import dataclasses
from collections.abc import Sequence

from fastapi.responses import Response
from registerbro.features import Feature

from console.web.addresses import Place, below
from console.web.languages import N_
from console.web.visit import Visit

API = "/configuration/features"


@dataclasses.dataclass(frozen=True, slots=True)
class Switching:
    """What is said of a module before it is switched; texts are translated when they are shown."""

    feature: Feature
    back: str
    title_on: str
    title_off: str
    when_on: Sequence[str]
    when_off: Sequence[str]


async def set_module(visit: Visit, feature: str, *, is_on: bool) -> None:
    """Switches a module. ``CallFailed``."""
    await visit.call(Place.CONSOLE, "PUT", below(API, feature), json={"enabled": is_on})


async def switch(visit: Visit, said: Switching) -> Response:
    """Switches as the form's ``enabled`` says (``yes``, or else off), once that is confirmed."""
    is_on = visit.form.text("enabled") == "yes"
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(said.title_on if is_on else said.title_off),
            what=[visit.say(each) for each in (said.when_on if is_on else said.when_off)],
            action=visit.say(N_("Switch on") if is_on else N_("Switch off")),
            back=said.back,
            is_danger=not is_on,
        )
    await set_module(visit, said.feature, is_on=is_on)
    return visit.done(
        said.back,
        visit.say(
            N_("The module is on. The services notice within two seconds.")
            if is_on
            else N_("The module is off. The services notice within two seconds.")
        ),
    )
