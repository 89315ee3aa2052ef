"""The pages of the settings that all services share: the subscription policy, and how long things are kept."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit
from console.web.words import options, word

pages = Pages()


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """What is said of a setting beside its word; ``kind``: how it is typed."""

    hint: str
    kind: str = "number"


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Settings that are changed together on a page."""

    topic: str
    title: str
    about: str
    labels: Mapping[str, Label]
    elsewhere: Sequence[tuple[str, str]] = ()

    @property
    def api(self) -> str:
        """Where they are read and changed."""
        return f"/configuration/{self.topic}"

    @property
    def page(self) -> str:
        """Where they are shown."""
        return f"/ui/configuration/{self.topic}"


POLICY = Group(
    "policy",
    N_("Subscription policy"),
    N_("Whom of the persons in the store CPR subscribes for us, and how it is told."),
    {
        "subscriptions.told_by": Label(
            N_("Online: CPR Direkte tells it at once. By input file: CPR Batch does daily."),
            "choice",
        ),
        "subscriptions.policy_at": Label(N_("Danish time; empty: only on demand."), "time"),
        "subscriptions.delay_days": Label(
            N_("A person without an open case stays subscribed so many days after CPR's last delivery."),
        ),
        "subscriptions.rule": Label(
            N_("The function in the database that says who is to be subscribed."), "text"
        ),
        "subscriptions.brake_share": Label(
            N_("A run that would end a larger share of all subscriptions stops and asks. 0.2 is a fifth."),
            "share",
        ),
        "subscriptions.brake_least": Label(N_("A run that ends fewer subscriptions than this never stops.")),
    },
)
RETENTION = Group(
    "retention",
    N_("Retention"),
    N_("How long the audit log and events are kept, and from when on many look-ups raise an alert."),
    {
        "audit.retention_days": Label(N_("Rows of this age are dropped, by day.")),
        "audit.harvest_persons": Label(
            N_("Who asks for more different persons within the time below raises an alert; 0: nobody does."),
        ),
        "audit.harvest_minutes": Label(N_("The time that is looked back over.")),
        "events.outbox_days": Label(N_("They can be sent again until then.")),
        "events.inbox_days": Label(
            N_("Which events were handled already; longer than sent ones are kept."),
        ),
        "events.dead_letter_days": Label(N_("Those that somebody sent again or discarded; others stay.")),
    },
    elsewhere=(
        (N_("How long CPR Batch keeps its log and files is among its own settings."), "/ui/batch/settings"),
    ),
)


@pages.get("/configuration/policy", needs=Scope.CONFIG_READ)
async def show_policy(visit: CurrentVisit) -> Response:
    """The subscription policy."""
    return await _show(visit, POLICY)


@pages.post("/configuration/policy", needs=Scope.CONFIG_WRITE)
async def change_policy(visit: CurrentVisit) -> Response:
    """Changes it."""
    return await _change(visit, POLICY)


@pages.get("/configuration/retention", needs=Scope.CONFIG_READ)
async def show_retention(visit: CurrentVisit) -> Response:
    """How long things are kept."""
    return await _show(visit, RETENTION)


@pages.post("/configuration/retention", needs=Scope.CONFIG_WRITE)
async def change_retention(visit: CurrentVisit) -> Response:
    """Changes it; shorter times, which drop what is older, once that is confirmed."""
    return await _change(visit, RETENTION)


async def _show(
    visit: Visit, group: Group, typed: Mapping[str, Any] | None = None, failure: CallFailed | None = None
) -> Response:
    found = await visit.call(Place.CONSOLE, "GET", group.api)
    values = {each["name"]: each["value"] for each in found["settings"]} | dict(typed or {})
    return visit.show(
        "configuration/settings.html",
        group=group,
        found=found,
        values=values,
        options=_options(visit, found["settings"]),
        failure=failure,
        history=await visit.attempt(
            Place.CONSOLE, "GET", "/configuration/history", params={"topic": group.topic}
        ),
    )


def _options(visit: Visit, settings: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """The choices of settings that have some, with their words."""
    return {each["name"]: options(each["choices"], visit.say) for each in settings if each["choices"]}


async def _change(visit: Visit, group: Group) -> Response:
    found = await visit.call(Place.CONSOLE, "GET", group.api)
    free = [each for each in found["settings"] if not each["fixed"]]
    typed = {each["name"]: _value(visit, group, each["name"]) for each in free}
    unset = [name for name in visit.form.many("unset") if name in typed]
    changed = {
        each["name"]: typed[each["name"]]
        for each in free
        if each["name"] not in unset and typed[each["name"]] != each["value"]
    }
    if group is RETENTION and not visit.form.is_confirmed and (lost := _shorter(found, changed, unset)):
        return _confirm(visit, group, lost)
    headers = {"If-Match": f'"{visit.form.text("version")}"'}
    try:
        sent = {"values": changed, "unset": unset}
        await visit.call(Place.CONSOLE, "PATCH", group.api, json=sent, headers=headers)
    except CallFailed as failure:
        return await _show(visit, group, typed, failure)
    return visit.done(group.page, visit.say(N_("The settings were changed. Services notice within seconds.")))


def _value(visit: Visit, group: Group, name: str) -> Any:
    field = f"values/{name}"
    match group.labels[name].kind:
        case "number":
            return visit.form.number(field)
        case "share":
            return _share(visit.form.text(field))
        case "time":
            time = visit.form.optional(field)
            return f"{time}:00" if time is not None and time.count(":") == 1 else time
        case _:
            return visit.form.text(field)


def _share(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _shorter(found: Mapping[str, Any], changed: Mapping[str, Any], unset: Sequence[str]) -> list[str]:
    """The names of times that become shorter, so that something is dropped."""
    wanted = {each["name"]: each["default"] for each in found["settings"] if each["name"] in unset} | dict(
        changed
    )
    now = {each["name"]: each["value"] for each in found["settings"]}
    return [
        name
        for name, value in wanted.items()
        if name.endswith("_days") and isinstance(value, int) and value < now[name]
    ]


def _confirm(visit: Visit, group: Group, lost: Sequence[str]) -> Response:
    what = [
        visit.say(N_("%(setting)s: what is older than the new time is dropped for good."), setting=label)
        for label in (visit.say(word(name)) for name in lost)
    ]
    return visit.confirm(
        title=visit.say(N_("Keep things for a shorter time?")),
        what=[*what, visit.say(N_("It is dropped with the next housekeeping, at night."))],
        action=visit.say(N_("Keep them shorter")),
        back=group.page,
    )
