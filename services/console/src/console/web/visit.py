"""One call of a page: who looks, in which language, why; and what a handler does with it: call services, show, redirect."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias, Unpack

import fastapi
import httpx
from fastapi import Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from registerbro.audit import Purpose
from registerbro.auth import Scope
from registerbro.service import CurrentService, Service

from console.people.errors import NoTokens, SessionMissing
from console.people.opening import People
from console.people.sessions import Session
from console.web import forms, languages, live, notices, stating
from console.web.addresses import Place
from console.web.forms import Form, FormUnreadable
from console.web.gateway import Asked, CallFailed, Gateway, Rights
from console.web.languages import Language
from console.web.notices import Notice, Tone
from console.web.rendering import Theme, environment, page_headers
from console.web.turning import FormStale, LoginNeeded, NotPermitted, PasswordNeeded, PurposeNeeded

PASSWORD = "/ui/password"  # noqa: S105 (a path)
GROWS_HERE = "<!-- grows here -->"
NEW_PASSWORD_PATHS = frozenset({PASSWORD, "/ui/preferences"})


@dataclasses.dataclass
class Visit:
    """What a handler knows of the call, and what it can do. Paths are the console's own, as ``/ui/contacts/7``."""

    request: fastapi.Request
    service: Service
    session: Session
    session_id: str = dataclasses.field(repr=False)
    language: Language
    theme: Theme
    purpose: Purpose | None
    form: Form = dataclasses.field(repr=False)
    _token: asyncio.Task[str | None] | None = dataclasses.field(default=None, repr=False)

    # who it is

    def may(self, *scopes: Scope | str) -> bool:
        """Whether the person has one of these scopes."""
        return any(scope in self.session.scopes for scope in scopes)

    def require(self, scopes: frozenset[Scope]) -> None:
        """``PasswordNeeded``, ``NotPermitted``."""
        if self.session.must_change_password and self.request.url.path not in NEW_PASSWORD_PATHS:
            raise PasswordNeeded
        if scopes and not self.may(*scopes):
            raise NotPermitted(scopes)

    @property
    def path(self) -> str:
        """The page's own path with its query."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def is_secure(self) -> bool:
        """Whether cookies go over encrypted connections only."""
        return self.service.get(People).cookies.is_secure

    @property
    def csrf(self) -> str:
        """What this session's forms send along."""
        return forms.token_of(self.session_id)

    # why contacts are read

    def stated(self) -> Purpose:
        """The purpose; ``PurposeNeeded`` shows the page that asks for it and leads back here."""
        if self.purpose is None:
            raise PurposeNeeded
        return self.purpose

    def why(self) -> dict[str, Any]:
        """The purpose as members of a body; ``PurposeNeeded``."""
        said = self.stated()
        return {"purpose": said.purpose, "case_reference": said.case_reference}

    # calls

    @property
    def gateway(self) -> Gateway:
        """The way to the services."""
        return self.service.get(Gateway)

    def has(self, place: Place | str) -> bool:
        """Whether there is such a service here."""
        return self.gateway.has(Place(place))

    async def answer(self, place: Place, method: str, path: str, **asked: Unpack[Asked]) -> httpx.Response:
        """A service's successful answer as it is, as for a download or its ETag. ``CallFailed``."""
        return await self.gateway.answer(place, method, path, rights=await self._rights(place), **asked)

    async def call(self, place: Place, method: str, path: str, **asked: Unpack[Asked]) -> Any:
        """What a service answers, parsed; None where it answers nothing. ``CallFailed``."""
        answer = await self.answer(place, method, path, **asked)
        return answer.json() if answer.content else None

    async def attempt(self, place: Place, method: str, path: str, **asked: Unpack[Asked]) -> Any:
        """As ``call``, for a part of a page that may be missing: the failure is the value."""
        try:
            return await self.call(place, method, path, **asked)
        except CallFailed as failure:
            return failure

    async def _rights(self, place: Place) -> Rights:
        people = self.service.get(People)
        client = self.request.client
        return Rights(
            token=None if place is Place.CONSOLE else await self._bearer(people),
            cookie=f"{people.cookies.session}={self.session_id}",
            client=(client.host, client.port) if client else ("127.0.0.1", 0),
            headers=stating.headers(self.purpose),
        )

    async def _bearer(self, people: People) -> str | None:
        if self._token is None:  # one for all calls of this visit, which may be made at once
            self._token = asyncio.ensure_future(_token(people, self.session))
        return await self._token

    # answers

    def say(self, text: str, **values: Any) -> str:
        """A text in the person's language; ``%(name)s`` stands for values."""
        found = languages.translations(self.language).gettext(text)
        return found % values if values else found

    def show(self, template: str, *, status: int | None = None, **context: Any) -> Response:
        """A page. ``failure`` in the context is shown above it as a sentence with the next step, and gives the status, else 200."""
        notice = notices.of(self.request.cookies)
        html = self._rendered(template, {"failure": None, **context, "notice": notice})
        failure = context.get("failure")
        usual = failure.status if failure else 200
        answer = HTMLResponse(html, status_code=status or usual, headers=self._headers())
        if notice is not None:
            notices.clear(answer)
        return answer

    def show_growing(
        self, template: str, fragment: str, contexts: AsyncIterator[Mapping[str, Any]], **context: Any
    ) -> Response:
        """A page that shows long work as it goes on, with or without script: where the template has ``grows_here``, the
        fragment (a template) follows for each context as soon as there is one. Work stops where nobody reads on, and where the
        session has ended: the fragment then gets ``has_stopped``."""
        page = self._rendered(
            template, {"failure": None, "notice": None, **context, "grows_here": GROWS_HERE}
        )
        begin, _, end = page.partition(GROWS_HERE)

        async def pieces() -> AsyncIterator[str]:
            yield begin
            try:
                async for each in contexts:
                    yield self._rendered(fragment, {"failure": None, **context, **each})
                    await self._look_again()
            except LoginNeeded:
                yield self._rendered(fragment, {"failure": None, **context, "has_stopped": True})
            yield end

        headers = {**self._headers(), **live.HEADERS}
        return StreamingResponse(pieces(), media_type="text/html", headers=headers)

    def _headers(self) -> Mapping[str, str]:
        return page_headers(forms=self.service.get(People).form_targets)

    def confirm(
        self, *, title: str, what: Sequence[str], action: str, back: str, is_danger: bool = True
    ) -> Response:
        """Asks before what cannot be undone: ``what`` will happen, ``action`` is the button's text, ``back`` leads out.

        The answer comes to the same handler with all fields that were sent, and ``visit.form.is_confirmed``.
        """
        return self.show(
            "confirm.html",
            title=title,
            what=what,
            action=action,
            back=back,
            is_danger=is_danger,
            fields=self.form.hidden(),
        )

    def done(self, path: str, text: str = "", *, tone: Tone = Tone.DONE) -> Response:
        """Sends the browser to a page after a form; ``text``, without personal data, is said there once."""
        answer = RedirectResponse(path, status_code=303)
        if text:
            notices.leave(answer, Notice(tone, text), is_secure=self.is_secure)
        return answer

    def live(
        self,
        fragments: Mapping[str, str],
        gather: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        every: dt.timedelta = live.USUAL,
    ) -> Response:
        """Server-sent events that replace parts of a page, by element id, with fragments (templates) whenever they change.

        ``gather`` makes their context anew each time; where it holds ``has_ended``, the stream ends. A call that fails
        leaves the parts as they are.
        """

        async def parts() -> live.Parts | None:
            try:
                await self._look_again()
                context = {"failure": None, **await gather()}
            except LoginNeeded:
                return None
            html = {element: self._rendered(name, context) for element, name in fragments.items()}
            return live.Parts(html, has_ended=bool(context.get("has_ended")))

        return live.stream(parts, every=every, lifecycle=self.service.lifecycle)

    async def _look_again(self) -> None:
        """The session and its token anew, for what lasts longer than one call; ``LoginNeeded`` where it has ended."""
        try:
            self.session = await self.service.get(People).sessions.find(self.session_id)
        except SessionMissing:
            raise LoginNeeded from None
        self._token = None

    def _rendered(self, template: str, context: Mapping[str, Any]) -> str:
        return (
            environment(self.language)
            .get_template(template)
            .render(visit=self, theme=self.theme, may=self.may, **context)
        )


async def _token(people: People, session: Session) -> str | None:
    """None where tokens are issued elsewhere and the person has none from there: services refuse the calls. ``LoginNeeded``."""
    try:
        return (await people.tokens.token_for(session)).token
    except NoTokens:
        return None
    except SessionMissing:  # the issuer renews nothing any more
        raise LoginNeeded from None


async def _visit(call: fastapi.Request, service: CurrentService) -> Visit:
    people = service.get(People)
    if call.method == "POST":
        people.cookies.refuse_other_sites(call.headers)
    session_id = call.cookies.get(people.cookies.session)
    if session_id is None:
        raise LoginNeeded
    try:
        session = await people.sessions.find(session_id)
    except SessionMissing:
        raise LoginNeeded from None
    visit = Visit(
        request=call,
        service=service,
        session=session,
        session_id=session_id,
        language=languages.chosen(call.cookies.get(languages.COOKIE), call.headers.get("accept-language")),
        theme=Theme.chosen(call.cookies),
        purpose=stating.of(call.cookies, session_id),
        form=Form(),
    )
    call.state.visit = visit  # for the pages that say why not
    visit.form = await _form(call, session_id)
    return visit


async def _form(call: fastapi.Request, session_id: str) -> Form:
    if call.method != "POST":
        return Form()
    try:
        form = Form.read(await call.body())
    except FormUnreadable:
        raise FormStale from None
    if not forms.is_genuine(form, session_id):
        raise FormStale
    return form


CurrentVisit: TypeAlias = Annotated[Visit, Depends(_visit)]
"""For a handler's parameter: ``async def show(visit: CurrentVisit) -> Response``."""
