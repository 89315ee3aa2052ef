"""The console for those who watch over accesses and events: over HTTP and as a command, and a log with rows of any day."""

import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence

import httpx
from console.app import create_app
from console.cli import app
from console.settings import AppSettings, ConsoleSettings
from pydantic import SecretStr
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.settings import AuthSettings, Settings

from tests.support.commands import Done, in_process
from tests.support.services import AUDIT_KEY, bearer, running

YESTERDAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)


@contextlib.asynccontextmanager
async def watching(
    settings: Settings,
    issuer: DevelopmentIssuer,
    *scopes: Scope,
    user: str = "dpo",
    console: ConsoleSettings = ConsoleSettings(),  # noqa: B008
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running console whose token has these scopes; ``console`` are its own settings."""
    auth = AuthSettings(
        issuer=issuer.issuer, audience=issuer.audience, development_key=SecretStr(issuer.private_pem)
    )
    async with running(
        create_app(AppSettings(**{**dict(settings), "auth": auth, "console": console}))
    ) as client:
        client.headers.update(bearer(issuer.token(*scopes, client="watch", user=user)))
        yield client


def slug(answer: httpx.Response) -> str:
    """The kind of problem that was answered."""
    return str(answer.json()["type"]).rsplit("/", 1)[-1]


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """An access with one row in the log."""

    audit_id: uuid.UUID
    day: dt.date = YESTERDAY
    acting_user: str | None = "anna"
    client: str = "case-system"
    contact_ids: tuple[int, ...] = ()


async def logged(pool: Pool, rows: Sequence[Row]) -> None:
    """Writes accesses of past days into the log."""
    async with pool.acquire() as connection:
        for day in {row.day for row in rows}:
            await connection.execute("select ensure_partitions('audit_log', interval '1 day', $1, $1)", day)
        await connection.executemany(
            "insert into audit_log (audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, contact_ids)"
            " values ($1, $2, 'asked', $2::date + time '12:00', $3, $4, 'cpr-direct', 'search-person', 'child support', $5)",
            [(row.audit_id, row.day, row.client, row.acting_user, list(row.contact_ids)) for row in rows],
        )


async def console(database_url: str, *words: str, typed: str = "") -> Done:
    """One call of the command ``console`` in this process, as far as its logs; ``typed`` comes by standard input."""
    told = {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_AUDIT__KEY": AUDIT_KEY.get_secret_value(),
    }
    return await in_process(app, *words, told=told, typed=typed)
