"""The pages of the first start: all steps, each step with what it needs, connection tests, steps to be skipped."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.features import MAX_AGE, Feature

from console.web import connection_tests, keeping, switching
from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.setup import steps
from console.web.setup.steps import SKIPPED_COOKIE, Setup, Slug, State
from console.web.visit import CurrentVisit, Visit

LIST = "/ui/setup"
MONTHS = dt.timedelta(days=90)
TESTED = frozenset({Place.CPR_DIRECT, Place.CPR_BATCH, Place.CVR_ONLINE})
pages = Pages()
ALL: Sequence[Pages] = (pages,)


@pages.get("/setup", needs=Scope.CONFIG_WRITE)
async def list_steps(visit: CurrentVisit) -> Response:
    """All steps, and where to go on."""
    return visit.show(
        "setup/list.html", setup=await steps.look(visit), titles=steps.TITLES, states=steps.STATES
    )


@pages.get("/setup/{slug}", needs=Scope.CONFIG_WRITE)
async def show_step(visit: CurrentVisit, slug: str) -> Response:
    """One step."""
    return await _step_page(visit, Slug(slug)) if slug in set(Slug) else visit.done(LIST)


@pages.post("/setup/{slug}", needs=Scope.CONFIG_WRITE)
async def take_step(visit: CurrentVisit, slug: str) -> Response:
    """Does what the form of a step asks for."""
    work = WORK.get(slug)
    return visit.done(LIST) if work is None else await work(visit)


@pages.post("/setup/{slug}/skip", needs=Scope.CONFIG_WRITE)
async def skip_step(visit: CurrentVisit, slug: str) -> Response:
    """Leaves a step out, or takes it up again; kept in the browser."""
    if slug not in set(Slug):
        return visit.done(LIST)
    left_out = steps.skipped(visit) ^ {slug}
    if slug in left_out:
        setup = await steps.look(visit)
        following = setup.after(Slug(slug))
        answer = visit.done(following.path if following else LIST)
    else:
        answer = visit.done(f"{LIST}/{slug}")
    kept = ".".join(sorted(left_out))
    keeping.keep(answer, SKIPPED_COOKIE, kept, lasts=MONTHS, is_secure=visit.is_secure)
    return answer


async def _switch_modules(visit: Visit) -> Response:
    """Switches modules as the form has them."""
    wanted = set(visit.form.many("modules"))
    now = await visit.call(Place.CONSOLE, "GET", switching.API)
    others = [each["feature"] for each in now["items"] if (each["feature"] in wanted) != each["enabled"]]
    for feature in others:
        await switching.set_module(visit, feature, is_on=feature in wanted)
    if others:
        await asyncio.sleep(MAX_AGE.total_seconds())  # until no service remembers how it was before
    return await _go_on(visit, Slug.MODULES, visit.say(N_("The modules are switched.")))


async def _store_password(visit: Visit) -> Response:
    """Keeps the password for CPR Direkte; CPR is not asked."""
    try:
        await visit.call(Place.CPR_DIRECT, "PUT", "/password", json={"password": visit.form.raw("password")})
    except CallFailed as failure:
        return await _step_page(visit, Slug.DIREKTE, failure=failure)
    return await _go_on(visit, Slug.DIREKTE, visit.say(N_("The password is stored, encrypted.")))


async def _save_server(visit: Visit) -> Response:
    """Changes where CPR's files are fetched; an empty password leaves the stored one."""
    typed = {
        name: visit.form.text(name) for name in ("ftp.protocol", "ftp.host", "ftp.user", "ftp.directory")
    }
    password = visit.form.raw("ftp.password")
    try:
        now = await visit.call(Place.CPR_BATCH, "GET", "/settings")
        values = {name: text for name, text in typed.items() if text != (steps.value_of(now, name) or "")}
        values |= {"ftp.password": password} if password else {}
        if values:
            await visit.call(Place.CPR_BATCH, "PATCH", "/settings", json={"values": values})
    except CallFailed as failure:
        return await _step_page(visit, Slug.BATCH, failure=failure, typed=typed)
    return await _go_on(visit, Slug.BATCH, visit.say(N_("The settings are saved.")))


async def _save_source(visit: Visit) -> Response:
    """Changes how CVR is asked; an empty password leaves the stored one."""
    typed = {name: visit.form.text(name) for name in ("user_id", "certificate_file")}
    password = visit.form.raw("password")
    change: dict[str, Any] = {"fields": typed, **({"password": password} if password else {})}
    try:
        await visit.call(Place.CONSOLE, "PUT", "/configuration/sources/CVR-J", json=change)
    except CallFailed as failure:
        return await _step_page(visit, Slug.CVR, failure=failure, typed=typed)
    return await _go_on(visit, Slug.CVR, visit.say(N_("The settings are saved.")))


async def _test_connection(visit: Visit) -> Response:
    """Tests one connection step by step, and shows what came of it."""
    chosen = visit.form.text("service")
    if chosen not in TESTED:
        return visit.done(f"{LIST}/{Slug.CONNECTIONS}")
    try:
        result = await connection_tests.test(visit, Place(chosen))
    except CallFailed as failure:
        return await _step_page(visit, Slug.CONNECTIONS, failure=failure)
    return await _step_page(visit, Slug.CONNECTIONS, tested=chosen, result=result)


WORK: Mapping[str, Callable[[Visit], Awaitable[Response]]] = {
    Slug.MODULES: _switch_modules,
    Slug.DIREKTE: _store_password,
    Slug.BATCH: _save_server,
    Slug.CVR: _save_source,
    Slug.CONNECTIONS: _test_connection,
}


async def _go_on(visit: Visit, slug: Slug, text: str) -> Response:
    following = (await steps.look(visit)).after(slug)
    return visit.done(following.path if following else LIST, text)


async def _step_page(
    visit: Visit,
    slug: Slug,
    *,
    failure: CallFailed | None = None,
    typed: Mapping[str, Any] | None = None,
    tested: str | None = None,
    result: Any = None,
) -> Response:
    setup: Setup = await steps.look(visit)
    step = setup.of(slug)
    values = typed if typed is not None else _values(step.slug, step.found)
    return visit.show(
        f"setup/{slug}.html",
        failure=failure,
        setup=setup,
        step=step,
        is_skipped=step.state is State.SKIPPED,
        number=list(Slug).index(slug) + 1,
        following=setup.after(slug),
        titles=steps.TITLES,
        states=steps.STATES,
        values=values,
        fixed=steps.fixed(step.found) if slug is Slug.BATCH and step.found else {},
        modules=list(Feature),
        tested=tested,
        result=result,
    )


def _values(slug: Slug, found: Any) -> Mapping[str, Any]:
    """What the fields of a step hold at first."""
    if found is None:
        return {}
    if slug is Slug.BATCH:
        names = ("ftp.protocol", "ftp.host", "ftp.user", "ftp.directory")
        return {name: steps.value_of(found, name) for name in names}
    if slug is Slug.CVR:
        return {name: found["fields"][name] for name in ("user_id", "certificate_file")}
    return {}
