"""The steps of the first start, and how far each is, as the services' APIs tell it.

A step that somebody skipped is kept in the browser; everything else is looked up anew each time, so that it can be broken off
and taken up anywhere.
"""

import asyncio
import dataclasses
import enum
from collections.abc import Mapping, Sequence
from typing import Any

from registerbro.features import Feature

from console.web import switching
from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.visit import Visit

SKIPPED_COOKIE = "registerbro-first-start-skipped"


class Slug(enum.StrEnum):
    """A step, in the order in which they are taken."""

    MODULES = "modules"
    DIREKTE = "cpr-direkte"
    BATCH = "cpr-batch"
    CVR = "cvr"
    CONNECTIONS = "connections"
    IMPORT = "import"


class State(enum.StrEnum):
    """How far a step is."""

    DONE = "done"
    OPEN = "open"
    RESTS = "rests"  # its module is off: there is nothing to do
    SKIPPED = "skipped"
    UNKNOWN = "unknown"  # the service that knows does not tell


TITLES: Mapping[Slug, str] = {
    Slug.MODULES: N_("Switch modules on"),
    Slug.DIREKTE: N_("Contract with CPR Direkte"),
    Slug.BATCH: N_("CPR's file server"),
    Slug.CVR: N_("Access to CVR"),
    Slug.CONNECTIONS: N_("Test the connections"),
    Slug.IMPORT: N_("First import"),
}
STATES: Mapping[State, tuple[str, str]] = {  # text and tone
    State.DONE: (N_("done"), "good"),
    State.OPEN: (N_("to do"), "warning"),
    State.RESTS: (N_("not needed"), "quiet"),
    State.SKIPPED: (N_("skipped"), "quiet"),
    State.UNKNOWN: (N_("not known"), "bad"),
}

TO_DO = frozenset({State.OPEN, State.UNKNOWN})


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """A step as it stands. ``found`` is what the service answered."""

    slug: Slug
    state: State
    found: Any = None
    failure: CallFailed | None = None

    @property
    def path(self) -> str:
        """Its page."""
        return f"/ui/setup/{self.slug}"


@dataclasses.dataclass(frozen=True, slots=True)
class Setup:
    """All steps."""

    steps: Sequence[Step]

    @property
    def done(self) -> int:
        """How many need nobody any more."""
        return sum(each.state in {State.DONE, State.RESTS, State.SKIPPED} for each in self.steps)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.done == len(self.steps)

    @property
    def next(self) -> Step | None:
        """The first that is to be done."""
        return next((each for each in self.steps if each.state in TO_DO), None)

    def of(self, slug: Slug) -> Step:
        """One of them."""
        return next(each for each in self.steps if each.slug is slug)

    def after(self, slug: Slug) -> Step | None:
        """The next one that is to be done behind a step."""
        behind = self.steps[list(Slug).index(slug) + 1 :]
        return next((each for each in behind if each.state in TO_DO), None)


def skipped(visit: Visit) -> frozenset[str]:
    """Steps that the person skipped, as the browser keeps them."""
    return frozenset(visit.request.cookies.get(SKIPPED_COOKIE, "").split(".")) & frozenset(Slug)


async def look(visit: Visit) -> Setup:
    """Asks the services how far everything is."""
    modules = await visit.attempt(Place.CONSOLE, "GET", switching.API)
    if isinstance(modules, CallFailed):
        return Setup([Step(slug, State.UNKNOWN, failure=modules) for slug in Slug])
    on = {Feature(each["feature"]) for each in modules["items"] if each["enabled"]}
    direkte, batch, source, standing, tests, files = await asyncio.gather(
        _if(Feature.CPR in on, visit, Place.CPR_DIRECT, "/connection"),
        _if(Feature.CPR in on, visit, Place.CPR_BATCH, "/settings"),
        _if(Feature.CVR in on, visit, Place.CONSOLE, "/configuration/sources/CVR-J"),
        visit.attempt(Place.CONSOLE, "GET", "/overview/services"),
        _if(Feature.CPR in on, visit, Place.CPR_BATCH, "/journal", action="connected", limit=1),
        _if(Feature.CPR in on, visit, Place.CPR_BATCH, "/files", limit=1),
    )
    answers = _last_answers(standing)
    connections = {
        "cpr-direct": (Feature.CPR in on, isinstance(direkte, dict) and bool(direkte["last_accepted"])),
        "cpr-batch": (Feature.CPR in on, _has_items(tests) or _has_items(files)),
        "cvr-online": (Feature.CVR in on, "cvr" in answers),
    }
    made = [
        _step(Slug.MODULES, modules, is_done=bool(on)),
        _step(Slug.DIREKTE, direkte, is_done=lambda found: found["password_origin"] is not None),
        _step(Slug.BATCH, batch, is_done=lambda found: bool(value_of(found, "ftp.host"))),
        _step(Slug.CVR, source, is_done=lambda found: "cvr" in answers or _is_filled(found)),
        Step(Slug.CONNECTIONS, _tested(connections), found=connections),
        _imported(standing, is_needed=bool(on)),
    ]
    return Setup([_unless_skipped(step, skipped(visit)) for step in made])


def _unless_skipped(step: Step, left_out: frozenset[str]) -> Step:
    is_left_out = step.slug in left_out and step.state in TO_DO
    return dataclasses.replace(step, state=State.SKIPPED) if is_left_out else step


async def _if(is_on: bool, visit: Visit, place: Place, path: str, **params: Any) -> Any:
    """What a service answers; None while its module is off."""
    return await visit.attempt(place, "GET", path, params=params or None) if is_on else None


def _step(slug: Slug, found: Any, *, is_done: Any) -> Step:
    if found is None:
        return Step(slug, State.RESTS)
    if isinstance(found, CallFailed):
        return Step(slug, State.UNKNOWN, failure=found)
    done = is_done(found) if callable(is_done) else is_done
    return Step(slug, State.DONE if done else State.OPEN, found)


def _tested(connections: Mapping[str, tuple[bool, bool]]) -> State:
    needed = [is_proven for is_on, is_proven in connections.values() if is_on]
    if not needed:
        return State.RESTS
    return State.DONE if all(needed) else State.OPEN


def _imported(standing: Any, *, is_needed: bool) -> Step:
    if isinstance(standing, CallFailed):
        return Step(Slug.IMPORT, State.UNKNOWN, failure=standing)
    if standing["has_imports"]:
        return Step(Slug.IMPORT, State.DONE)
    return Step(Slug.IMPORT, State.OPEN if is_needed else State.RESTS)


def value_of(settings: Mapping[str, Any], name: str) -> Any:
    """The value in force of a setting of CPR Batch; None for one that there is not."""
    return next((each["value"] for each in settings["settings"] if each["name"] == name), None)


def fixed(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Settings of CPR Batch that cannot be changed, and why not."""
    return {each["name"]: each["why_not"] for each in settings["settings"] if not each["is_changeable"]}


def _is_filled(source: Mapping[str, Any]) -> bool:
    fields = source["fields"]
    return bool(source["has_password"] or fields["certificate_file"] or fields["user_id"])


def _last_answers(standing: Any) -> set[str]:
    """Registers that have answered."""
    if isinstance(standing, CallFailed):
        return set()
    return {each["name"] for each in standing["registers"] if each["last_success"]}


def _has_items(page: Any) -> bool:
    return isinstance(page, dict) and bool(page["items"])
