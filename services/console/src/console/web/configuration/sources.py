"""The pages of the external sources: in fields, and as the vendor's parameter string; either way in, both come out."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.configuration.sources import FIELDS, SourceName

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit
from console.web.wrong import Wrong

API = "/configuration/sources"
LIST = "/ui/configuration/sources"
REFUSED, CHANGED = "parameters-refused", "version-mismatch"
YES_OR_NO = frozenset({"force_update", "subscription"})
pages = Pages()


@pages.get("/configuration/sources", needs=Scope.CONFIG_READ)
async def list_sources(visit: CurrentVisit) -> Response:
    """The sources."""
    found = await visit.call(Place.CONSOLE, "GET", API)
    return visit.show("configuration/sources.html", sources=found["items"])


@pages.get("/configuration/sources/{source}", needs=Scope.CONFIG_READ)
async def show_source(visit: CurrentVisit, source: SourceName) -> Response:
    """One of them, both ways."""
    kept = await _kept(visit, source)
    return await _source(visit, kept)


@pages.post("/configuration/sources/{source}", needs=Scope.CONFIG_WRITE)
async def change_fields(visit: CurrentVisit, source: SourceName) -> Response:
    """Takes the fields over; the string follows."""
    others, malformed = _others(visit)
    typed: dict[str, Any] = {"fields": _fields(visit, source), "others": others}
    if source is SourceName.CPR:
        typed["record_types"] = visit.form.text("record_types").replace(",", " ").split() or None
    shown = typed | {"others_text": visit.form.raw("others")}
    if malformed:
        said = visit.say(N_("Write each as key=value, on a line of its own."))
        return await _source(visit, await _kept(visit, source), shown, wrong=Wrong({"others": said}))
    try:
        await _change(visit, source, typed | _password(visit))
    except CallFailed as failure:
        return await _source(visit, await _kept(visit, source), shown, failure=failure)
    return visit.done(f"{LIST}/{source}", visit.say(N_("The source was changed.")))


@pages.post("/configuration/sources/{source}/string", needs=Scope.CONFIG_WRITE)
async def change_string(visit: CurrentVisit, source: SourceName) -> Response:
    """Fills the fields in from a string, or takes the string over as it is."""
    parameters = visit.form.raw("parameters").strip()
    try:
        if visit.form.text("do") == "save":
            await _change(visit, source, {"parameters": parameters})
            return visit.done(f"{LIST}/{source}", visit.say(N_("The source was changed.")))
        path = f"{API}/{source}/reading"
        read = await visit.call(Place.CONSOLE, "POST", path, json={"parameters": parameters})
    except CallFailed as failure:
        shown = {"parameters": parameters}
        return await _source(visit, await _kept(visit, source), shown, failure=failure, is_string=True)
    return await _source(visit, await _kept(visit, source), read, is_read=True)


async def _change(visit: Visit, source: SourceName, sent: Mapping[str, Any]) -> None:
    headers = {"If-Match": f'"{visit.form.text("version")}"'}
    await visit.call(Place.CONSOLE, "PUT", f"{API}/{source}", json=sent, headers=headers)


async def _kept(visit: Visit, source: SourceName) -> dict[str, Any]:
    kept: dict[str, Any] = await visit.call(Place.CONSOLE, "GET", f"{API}/{source}")
    return kept


async def _source(
    visit: Visit,
    kept: dict[str, Any],
    typed: Mapping[str, Any] | None = None,
    *,
    failure: CallFailed | None = None,
    wrong: Wrong | None = None,
    is_string: bool = False,
    is_read: bool = False,
) -> Response:
    """``typed``: in place of what is kept; ``is_read``: it was read from a string and is not stored yet."""
    shown = kept | dict(typed or {})
    types = await visit.call(Place.CONSOLE, "GET", "/configuration/contact-types")
    params = {"topic": "external-source", "name": kept["source"]}
    return visit.show(
        "configuration/source.html",
        status=422 if wrong else None,
        kept=kept,
        shown={"others_text": _text(shown["others"]), **shown},
        types=[(each["name_type"], f"{each['name_type']} – {each['title']}") for each in types["items"]],
        failure=failure,
        wrong=wrong or (failure and _wrong(SourceName(kept["source"]), failure, is_string=is_string)),
        is_read=is_read,
        history=await visit.attempt(Place.CONSOLE, "GET", "/configuration/history", params=params),
    )


def _wrong(source: SourceName, failure: CallFailed, *, is_string: bool) -> CallFailed | Wrong:
    """What the service says of each key, at its field; of a string, all of it at the string."""
    if failure.slug != REFUSED:
        return failure
    reasons: list[str] = failure.facts["reasons"]
    if is_string:
        return Wrong({"parameters": " ".join(reasons)}, is_own=False)
    places = {field.key: f"fields/{field.name}" for field in FIELDS[source]}
    places |= {"Password": "password", "record_types": "record_types"}
    texts: dict[str, str] = {}
    for reason in reasons:
        key, _, text = reason.partition(": ")
        place = places.get(key, "others")
        texts[place] = " ".join(filter(None, (texts.get(place), text if key in places else reason)))
    return Wrong(texts, is_own=False)


def _fields(visit: Visit, source: SourceName) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in FIELDS[source]:
        name = f"fields/{field.name}"
        if field.name in YES_OR_NO:
            found[field.name] = visit.form.flag(name)
        else:
            found[field.name] = visit.form.number(name) if field.name == "level" else visit.form.text(name)
    return found


def _others(visit: Visit) -> tuple[dict[str, str], bool]:
    """The further keys by name, and whether a line is none."""
    pairs = [line.partition("=") for line in visit.form.lines("others")]
    return {key.strip(): value.strip() for key, _, value in pairs}, not all(sign for _, sign, _ in pairs)


def _password(visit: Visit) -> dict[str, str | None]:
    if visit.form.flag("forget_password"):
        return {"password": None}
    typed = visit.form.raw("password")
    return {"password": typed} if typed else {}


def _text(others: Mapping[str, str]) -> str:
    return "\n".join(f"{key}={value}" for key, value in others.items())
