"""Answers a query: from the options to the rows, and the row of the audit log that says who got them.

The one function that routes, ``$query`` and ``$batch`` call is ``Reader.answer``.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller, Scope
from registerbro.database import Connection, Pool

from console.odata import limits, options, presenting, resources, statement
from console.odata.binding import Binder, Row
from console.odata.options import Options
from console.odata.presenting import Presenter
from console.odata.refusals import EntityUnknown, NotSupported, QueryTookTooLong, SkipTokenInvalid
from console.odata.resources import Resource
from console.odata.settings import OdataSettings
from console.odata.statement import Window
from console.odata.tokens import Tokens
from console.purposes import required

SKIPTOKEN = "$skiptoken"
ACTION = "odata.read"
DENMARK = ZoneInfo("Europe/Copenhagen")
_OF_ONE = frozenset({"$select", "$expand"})
_OF_COUNT = frozenset({"$filter", "$search"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A read: the path below the service root, decoded, and the options as texts; who reads, and why.

    ``root`` is the URL of the service root, without a slash at its end. ``has_control`` is false for
    ``odata.metadata=none``.
    """

    path: str
    options: Mapping[str, str]
    caller: Caller
    purpose: Purpose | None
    root: str
    page_size: int | None = None
    has_control: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a read gives: a collection, an entity with its tag, or a number."""

    body: dict[str, Any] | int
    etag: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Query:
    """A question that was understood."""

    asked: Question
    resource: Resource
    options: Options
    after: list[Any] | None = None
    left: int | None = None  # rows that may follow

    def row(self) -> Row:
        """A row of a new statement."""
        binder = Binder(sees_protected=_sees_protected(self.asked), day=dt.datetime.now(DENMARK).date())
        return Row.of(self.resource.entity, binder)


class Reader:
    """Answers questions from the store."""

    def __init__(self, pool: Pool, audit: Auditor, tokens: Tokens, settings: OdataSettings) -> None:
        self._pool = pool
        self._audit = audit
        self._tokens = tokens
        self._settings = settings

    async def answer(self, asked: Question) -> Answer:
        """The answer, audited where it tells of contacts.

        Raises what stands in ``refusals``, ``PurposeRequired`` and ``AuditUnavailable``.
        """
        query = self._understood(asked)
        purpose = required(asked.purpose) if query.resource.entity.is_personal else None
        presenter = Presenter(lambda *where: self._link(asked, *where), asked.has_control)
        try:
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                await self._prepare(connection)
                answer = await self._read(connection, query, presenter)
        except asyncpg.QueryCanceledError:
            raise QueryTookTooLong(self._settings.statement_seconds) from None
        if purpose is not None:
            shown = [] if query.resource.is_count else presenting.fields(query.resource.entity, query.options)
            await self._audit.read(
                asked.caller, ACTION, purpose, contact_ids=sorted(presenter.contact_ids), fields=shown
            )
        return answer

    def _understood(self, asked: Question) -> _Query:
        resource = resources.read(asked.path)
        raw = dict(asked.options)
        if token := raw.pop(SKIPTOKEN, None):
            if raw:
                raise SkipTokenInvalid
            return self._continued(asked, resource, self._tokens.read(token))
        understood = options.read(raw)
        allowed = _OF_COUNT if resource.is_count else _OF_ONE if resource.is_one else raw
        if excess := sorted(set(raw) - set(allowed)):
            raise NotSupported(f"{excess[0]} on {'a number' if resource.is_count else 'one entity'}")
        return _Query(asked, resource, understood, left=understood.top)

    def _continued(self, asked: Question, resource: Resource, content: Mapping[str, Any]) -> _Query:
        if (content["path"], content["client"]) != (asked.path, asked.caller.client) or (
            content["protected"] is not _sees_protected(asked)
        ):
            raise SkipTokenInvalid
        return _Query(asked, resource, options.read(content["options"]), content["after"], content["left"])

    async def _prepare(self, connection: Connection) -> None:
        await connection.execute(
            "select set_config('statement_timeout', $1, true), set_config('timezone', 'UTC', true),"
            " set_config('plan_cache_mode', 'force_custom_plan', true)",
            str(round(1000 * self._settings.statement_seconds)),
        )

    async def _read(self, connection: Connection, query: _Query, presenter: Presenter) -> Answer:
        resource = query.resource
        if resource.is_count:
            await self._check_start(connection, query)
            return Answer(await self._count(connection, query))
        if resource.is_one:
            return await self._one(connection, query, presenter)
        body = await self._page(connection, query, presenter)
        if not body["value"]:
            await self._check_start(connection, query)
        return Answer(body)

    async def _one(self, connection: Connection, query: _Query, presenter: Presenter) -> Answer:
        entity = query.resource.entity
        found = await self._rows(connection, query, Window(1))
        if not found:
            raise EntityUnknown(entity.name)
        version = found[0][statement.META].get("v")
        context = self._context(query, "/$entity")
        body = context | presenter.entity(entity, query.options, found[0])
        return Answer(body, None if version is None else presenting.etag(version))

    async def _page(self, connection: Connection, query: _Query, presenter: Presenter) -> dict[str, Any]:
        size = min(query.asked.page_size or self._settings.page_size, limits.PAGE)
        limit = size if query.left is None else min(size, query.left)
        skip = query.options.skip if query.after is None else 0
        found = await self._rows(connection, query, Window(limit + 1, skip, query.after))
        body = self._context(query)
        if query.options.count:
            body[statement.COUNT] = await self._count(connection, query)
        rest = None if query.left is None else query.left - limit
        last = found[limit - 1][statement.META]["k"] if len(found) > limit and rest != 0 else None
        body["value"] = [
            presenter.entity(query.resource.entity, query.options, each) for each in found[:limit]
        ]
        if last is not None:
            body["@odata.nextLink"] = self._link(query.asked, query.resource.path, query.options, last, rest)
        return body

    async def _rows(self, connection: Connection, query: _Query, window: Window) -> list[dict[str, Any]]:
        row = query.row()
        sql = statement.rows(row, query.options, window, *query.resource.conditions(row))
        return [orjson.loads(each["row"]) for each in await connection.fetch(sql, *row.binder.values)]

    async def _count(self, connection: Connection, query: _Query) -> int:
        row = query.row()
        sql = statement.count(row, query.options, *query.resource.conditions(row))
        number: int = await connection.fetchval(sql, *row.binder.values)
        return number

    async def _check_start(self, connection: Connection, query: _Query) -> None:
        """An entity that is not there has no navigations either."""
        resource = query.resource
        if resource.key is None:
            return
        row = Row.of(resource.start, query.row().binder)
        if not await connection.fetchval(resource.existence(row), *row.binder.values):
            raise EntityUnknown(resource.start.name)

    def _context(self, query: _Query, suffix: str = "") -> dict[str, Any]:
        if not query.asked.has_control:
            return {}
        entity = query.resource.entity
        shown = presenting.selection(entity, query.options)
        return {"@odata.context": f"{query.asked.root}/$metadata#{entity.name}{shown}{suffix}"}

    def _link(self, asked: Question, path: str, wanted: Options, last: list[Any], left: int | None) -> str:
        token = self._tokens.make(
            {
                "path": path,
                "options": dict(wanted.raw),
                "after": last,
                "left": left,
                "client": asked.caller.client,
                "protected": _sees_protected(asked),
            }
        )
        return f"{asked.root}/{path}?{SKIPTOKEN}={token}"


def _sees_protected(asked: Question) -> bool:
    return asked.caller.may(Scope.PROTECTED_READ)
