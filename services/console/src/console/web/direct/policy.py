"""The subscription policy: its rule and settings, what a run would do, and runs at once."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.notices import Tone
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME, PLAN, SETTINGS = "/ui/direct/policy", "/ui/direct/policy/plan", "/ui/direct/policy/settings"
API = "/configuration/policy"
PATIENCE = dt.timedelta(minutes=10)  # a run over all contacts
LABELS: Mapping[str, str] = {
    "subscriptions.policy_at": N_("Every day at"),
    "subscriptions.delay_days": N_("Days without a delivery"),
    "subscriptions.brake_share": N_("Brake: share in per cent"),
    "subscriptions.brake_least": N_("Brake: least number"),
    "subscriptions.rule": N_("Rule"),
    "subscriptions.told_by": N_("CPR is told"),
}
FIELD = "values/"  # as the service names what is wrong with a value
pages = Pages()


@pages.get("/direct/policy", needs=Scope.CONFIG_READ)
async def show_policy(visit: CurrentVisit) -> Response:
    """The rule, the next run and the latest."""
    return visit.show("direct/policy.html", policy=await visit.call(Place.CPR_DIRECT, "GET", "/policy"))


@pages.get("/direct/policy/plan", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def show_plan(visit: CurrentVisit, day: dt.date | None = None, after: int = 0) -> Response:
    """The dry run for a day, today if none is named."""
    params = {"day": day.isoformat() if day else None, "after": after, "limit": 50}
    plan = await visit.call(Place.CPR_DIRECT, "GET", "/policy/plan", params=params, timeout=PATIENCE)
    return visit.show("direct/plan.html", plan=plan, day=day)


@pages.post("/direct/policy/runs", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def run_policy(visit: CurrentVisit) -> Response:
    """Runs it, once that is confirmed where it ends subscriptions. ``approved``: although these are too many to pass."""
    is_approved = visit.form.flag("approved")
    if not visit.form.is_confirmed:
        plan = await visit.call(
            Place.CPR_DIRECT, "GET", "/policy/plan", params={"limit": 1}, timeout=PATIENCE
        )
        figures = plan["figures"]
        if figures["is_too_much"] and not is_approved:
            return visit.done(PLAN, visit.say(N_("This run would be held: see below.")), tone=Tone.WARNING)
        if figures["ends"]:
            return _ask(visit, figures, is_approved=is_approved)
    done = await visit.call(
        Place.CPR_DIRECT, "POST", "/policy/runs", json={"is_approved": is_approved}, timeout=PATIENCE
    )
    if done["state"] == "held":
        text = visit.say(N_("The run was held and changed nothing: it would end too many subscriptions."))
        return visit.done(PLAN, text, tone=Tone.WARNING)
    figures = done["figures"]
    text = N_("The policy was run. Subscriptions to begin: %(begins)s; to end: %(ends)s.")
    return visit.done(HOME, visit.say(text, begins=figures["begins"], ends=figures["ends"]))


@pages.get("/direct/policy/settings", needs=Scope.CONFIG_WRITE)
async def show_settings(visit: CurrentVisit) -> Response:
    """The policy's settings, to change."""
    return await _form(visit)


@pages.post("/direct/policy/settings", needs=Scope.CONFIG_WRITE)
async def change_settings(visit: CurrentVisit) -> Response:
    """Stores what is now another than before."""
    shown = await visit.call(Place.CONSOLE, "GET", API)
    values = {
        name: value
        for name, value in _typed(visit, shown["settings"]).items()
        if value != next(each["value"] for each in shown["settings"] if each["name"] == name)
    }
    try:
        await _change(visit, {"values": values})
    except CallFailed as failure:
        return await _form(visit, failure=failure)
    return visit.done(HOME, visit.say(N_("The policy is changed. All services notice within seconds.")))


@pages.post("/direct/policy/settings/defaults", needs=Scope.CONFIG_WRITE)
async def reset_settings(visit: CurrentVisit) -> Response:
    """Forgets all that is stored."""
    shown = await visit.call(Place.CONSOLE, "GET", API)
    stored = [each for each in shown["settings"] if each["is_stored"]]
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Go back to the defaults?")),
            what=[f"{visit.say(LABELS[each['name']])}: {_text(each, 'default')}" for each in stored],
            action=visit.say(N_("Go back to the defaults")),
            back=SETTINGS,
        )
    await _change(visit, {"unset": [each["name"] for each in stored]})
    return visit.done(HOME, visit.say(N_("The policy is back to its defaults.")))


async def _change(visit: Visit, change: Mapping[str, Any]) -> None:
    version = visit.form.text("version")
    headers = {"If-Match": f'"{version}"'} if version.isdigit() else {}
    await visit.call(Place.CONSOLE, "PATCH", API, json=change, headers=headers)


def _ask(visit: Visit, figures: Mapping[str, Any], *, is_approved: bool) -> Response:
    what = [
        visit.say(
            N_("Subscriptions that end: %(ends)s of %(all)s. CPR no longer sends changes of these persons."),
            ends=figures["ends"],
            all=figures["subscriptions"],
        ),
        visit.say(N_("Subscriptions that begin: %(begins)s."), begins=figures["begins"]),
        visit.say(N_("The contacts stay. Who is to be subscribed again later is fetched from CPR anew.")),
    ]
    if is_approved:
        most = visit.say(
            N_("Without your approval it would be held: no more than %(most)s may end at once."),
            most=figures["most"],
        )
        what.insert(1, most)
    return visit.confirm(
        title=visit.say(N_("Run the policy now?")),
        what=what,
        action=visit.say(N_("Run the policy")),
        back=PLAN,
    )


async def _form(visit: Visit, *, failure: CallFailed | None = None) -> Response:
    shown = await visit.call(Place.CONSOLE, "GET", API)
    return visit.show(
        "direct/policy_settings.html",
        status=failure.status if failure else 200,
        version=visit.form.text("version") or shown["version"],
        settings={
            each["name"].rpartition(".")[2]: {
                **each,
                "label": LABELS[each["name"]],
                "text": visit.form.text(FIELD + each["name"], _text(each, "value")),
            }
            for each in shown["settings"]
        },
        failure=failure,
    )


def _typed(visit: Visit, settings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the form holds, as the service takes it; what is no number goes as it is, for the service to refuse."""
    names = [each["name"] for each in settings if FIELD + each["name"] in visit.form.fields]
    return {name: _value(name, visit.form.optional(FIELD + name)) for name in names}


def _value(name: str, text: str | None) -> Any:
    if text is None or name not in KINDS:
        return text
    try:
        return KINDS[name](text)
    except ValueError:
        return text


def _share(text: str) -> float:
    """Of per cent, with a comma or a point."""
    return round(float(text.replace(",", ".")) / 100, 6)


def _time(text: str) -> str:
    """As the service writes it."""
    return dt.time.fromisoformat(text).isoformat()


KINDS: Mapping[str, Callable[[str], Any]] = {
    "subscriptions.policy_at": _time,
    "subscriptions.delay_days": int,
    "subscriptions.brake_share": _share,
    "subscriptions.brake_least": int,
}


def _text(setting: Mapping[str, Any], which: str) -> str:
    """A value as the form has it."""
    value = setting[which]
    match setting["name"]:
        case "subscriptions.policy_at":
            return (value or "")[:5]
        case "subscriptions.brake_share":
            return f"{value * 100:g}"
        case _:
            return str(value)
