"""How the registers stand, as the services that ask them say, and what expires on the way to them."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.health import Entry, Status
from registerbro.registers.certificates import NOTICE as CERTIFICATE_NOTICE

from console.overview.standing import Standing, State, worst
from console.web.addresses import Place

DIREKTE = "CPR Direkte"  # the entries' names are those of the services
PASSWORD_NOTICE = dt.timedelta(days=14)
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "registers.sql", "asyncpg")


class Register(enum.StrEnum):
    """A register's side that we ask."""

    CPR_DIREKTE = "cpr-direkte"
    CPR_FILES = "cpr-files"  # CPR's file server
    CVR = "cvr"  # lookups
    CVR_EVENTS = "cvr-events"
    CVR_UPDATES = "cvr-updates"


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """Who asks it: the module, the service, and the entries of its readiness that tell of it."""

    feature: Feature
    place: Place
    entries: tuple[str, ...]


SIDES: Mapping[Register, Side] = {
    Register.CPR_DIREKTE: Side(Feature.CPR, Place.CPR_DIRECT, (DIREKTE,)),
    Register.CPR_FILES: Side(Feature.CPR, Place.CPR_BATCH, ("settings", "file-server-encryption")),
    Register.CVR: Side(Feature.CVR, Place.CVR_ONLINE, ("CVR",)),
    Register.CVR_EVENTS: Side(Feature.CVR_UPDATE, Place.CVR_SUBSCRIPTION, ("Logic",)),
    Register.CVR_UPDATES: Side(Feature.CVR_UPDATE, Place.CVR_UPDATE, ("provider",)),
}


def is_in_use(place: Place, switches: Mapping[Feature, bool]) -> bool:
    """Whether the module that a service belongs to is on; the console, and the sandbox, belong to none."""
    features = [side.feature for side in SIDES.values() if side.place is place]
    return not features or any(switches[feature] for feature in features)


@dataclasses.dataclass(frozen=True, slots=True)
class RegisterStanding:
    """How we and a register get along; times are UTC, None where its service does not tell."""

    register: Register
    side: Side
    state: State
    reasons: Sequence[str]  # the service's own words
    last_success: dt.datetime | None
    last_failure_at: dt.datetime | None


class Expiring(enum.StrEnum):
    """What stops working on a day that is known."""

    CPR_PASSWORD = "cpr-password"  # noqa: S105
    CPR_SERVER_CERTIFICATE = "cpr-server-certificate"
    CVR_CERTIFICATE = "cvr-certificate"  # ours


@dataclasses.dataclass(frozen=True, slots=True)
class Expiry:
    """When it stops working, UTC."""

    what: Expiring
    place: Place  # whose settings have it
    at: dt.datetime
    subject: str | None = None  # of a certificate

    @property
    def notice(self) -> dt.timedelta:
        """How long before somebody has to know."""
        return CERTIFICATE_NOTICE if self.what is Expiring.CVR_CERTIFICATE else PASSWORD_NOTICE

    def is_soon(self, now: dt.datetime) -> bool:
        """Whether somebody has to do something, or should have."""
        return self.at - now < self.notice


async def have_delivered(pool: Pool) -> bool:
    """Whether any contact was ever delivered by a register."""
    return bool(await _SQL.have_delivered(pool))


def registers(standings: Sequence[Standing], switches: Mapping[Feature, bool]) -> Iterator[RegisterStanding]:
    """All that a service here asks."""
    known = {each.place: each for each in standings}
    for register, side in SIDES.items():
        if standing := known.get(side.place):
            entries = [standing.entries[name] for name in side.entries if name in standing.entries]
            yield RegisterStanding(
                register,
                side,
                _state(standing, entries, is_on=switches[side.feature]),
                [each.description for each in entries if each.description],
                _latest(entries, "last_success"),
                _latest(entries, "last_failure_at"),
            )


def _state(standing: Standing, entries: Sequence[Entry], *, is_on: bool) -> State:
    if not is_on:
        return State.OFF
    if standing.state is State.AWAY:
        return State.AWAY
    if not entries:  # it has not opened what it asks the register with
        return standing.state
    return worst([Status(each.status) for each in entries])


def expiries(standings: Sequence[Standing]) -> list[Expiry]:
    """All that is known to expire, the first to do so first; a certificate that two services use, once."""
    found: dict[tuple[str, str], Expiry] = {}
    for standing in standings:
        for name, entry in standing.entries.items():
            for key, expiry in _of_entry(standing.place, name, entry.data):
                found.setdefault(key, expiry)
    return sorted(found.values(), key=lambda each: each.at)


def _of_entry(place: Place, name: str, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Expiry]]:
    if place is Place.CPR_DIRECT and name == DIREKTE:
        for what, said in (
            (Expiring.CPR_PASSWORD, "password_expires"),
            (Expiring.CPR_SERVER_CERTIFICATE, "certificate_expires"),
        ):
            if (at := _moment(data, said)) is not None:
                yield (what, ""), Expiry(what, place, at)
    certificate = data if name == "certificate" else data.get("certificate")
    if isinstance(certificate, dict) and (at := _moment(certificate, "expires_at")) is not None:
        key = str(certificate.get("serial", ""))
        what = Expiring.CVR_CERTIFICATE
        yield (what, key), Expiry(what, place, at, certificate.get("subject"))


def _latest(entries: Sequence[Entry], name: str) -> dt.datetime | None:
    return max(filter(None, (_moment(each.data, name) for each in entries)), default=None)


def _moment(data: Mapping[str, Any], name: str) -> dt.datetime | None:
    """A time with its zone; None where none is told."""
    try:
        moment = dt.datetime.fromisoformat(data[name])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
