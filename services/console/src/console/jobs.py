"""What runs on a schedule: the look at the signing key's age, and housekeeping of the issuer."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from registerbro.jobs import Job

from console.oauth2.issuing import Issuer
from console.oauth2.keys import StoredRing
from console.people.opening import People
from console.settings import TokenSettings

KEYS = "console.keys"
HOUSEKEEPING = "console.housekeeping"
PEOPLE = "console.people"
HOUSEKEEPING_AT = dt.time(1, 30)


def daily(issuer: Issuer, settings: TokenSettings) -> Iterator[Job]:
    """The issuer's jobs, each once a Danish date over all replicas."""
    ring = issuer.keys

    async def clean(_: dt.date) -> Mapping[str, Any]:
        return {
            "secrets_forgotten": await issuer.clients.forget_previous_secrets(),
            "networks_forgotten": await issuer.guesses.forget(),
        }

    yield Job(HOUSEKEEPING, HOUSEKEEPING_AT, clean)
    if isinstance(ring, StoredRing):

        async def keys(_: dt.date) -> Mapping[str, Any]:
            return {"rotated": await ring.rotate_if_due(), "forgotten": await ring.forget()}

        yield Job(KEYS, settings.rotate_at, keys)


def of_people(people: People) -> Job:
    """Forgets sessions that have ended and wrong passwords of long ago."""

    async def clean(_: dt.date) -> Mapping[str, Any]:
        return await people.forget()

    return Job(PEOPLE, HOUSEKEEPING_AT, clean)
