"""Local users log in with a password. Every refusal looks the same and has cost the same work."""

import dataclasses
import datetime as dt
from collections.abc import Callable

import structlog
from pydantic import SecretStr
from registerbro.database import Pool

from console.people.errors import LoginFailed, PasswordRefused
from console.people.lockout import Counted, Lockout
from console.people.names import USER_NAME, folded
from console.people.passwords import PasswordHasher
from console.people.sessions import Person, Session, Sessions
from console.people.users import Credentials, User, Users

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True)
class LocalLogin:
    """Log-ins for as long as the service runs."""

    pool: Pool
    users: Users
    sessions: Sessions
    hasher: PasswordHasher
    lockout: Lockout
    now: Callable[[], dt.datetime]

    async def log_in(
        self, typed: str, password: SecretStr, *, network: str, instead_of: str | None
    ) -> tuple[str, User]:
        """Begins a session; returns the cookie's value and the user. ``LoginFailed``, ``LoginPaused``, ``LoginBusy``."""
        user_name = folded(typed)
        kept = await self.check(user_name, password, network=network)
        kept = await self.users.renewed(user_name, password, kept=kept)
        async with self.pool.acquire() as connection, connection.transaction():
            user = await self.users.logged_in(connection, user_name, kept=kept)
            if user is None:
                raise LoginFailed
            session_id = await self.sessions.begin(connection, _person(user), instead_of=instead_of)
        log.info("person logged in", user=user_name, roles=user.profile.row()["roles"])
        return session_id, user

    async def change_password(
        self, session: Session, current: SecretStr, new: SecretStr, *, network: str
    ) -> tuple[str, User]:
        """A password that the person chose, and a session in place of all others. ``PasswordRefused``, and as above."""
        await self.check(session.user_name, current, network=network)
        if new.get_secret_value() == current.get_secret_value():
            raise PasswordRefused("it is the present one")
        await self.users.change_password(session.user_name, new, by=session.caller())
        return await self.log_in(session.user_name, new, network=network, instead_of=None)

    async def check(self, user_name: str, password: SecretStr, *, network: str) -> str:
        """The hash that the password is kept as, if it is the user's and may be used."""
        found = await self.users.credentials(user_name) if USER_NAME.fullmatch(user_name) else None
        key = self.lockout.key_of(user_name, is_user=found is not None)
        is_known = await self.lockout.is_known(key, network)
        async with self.hasher.turn(is_known=is_known):  # so that few are counted before they prove right
            counted = await self.lockout.count(key, network)
            is_right = await self.hasher.matches(found.password_hash if found else None, password)
        if found is None or not is_right or not self._may_be_used(found):
            _log_failure(user_name if found else None, counted)
            raise LoginFailed
        await self.lockout.was_right(key, network, counted)
        return found.password_hash

    def _may_be_used(self, found: Credentials) -> bool:
        return found.enabled and (found.password_until is None or found.password_until > self.now())


def _log_failure(user_name: str | None, counted: Counted) -> None:
    """A name that is no user's is not logged: somebody may have typed the password there."""
    facts = {} if user_name is None else {"user": user_name}
    log.warning("log-in failed", failed=counted.failed, paused_until=counted.paused_until, **facts)


def _person(user: User) -> Person:
    return Person(
        user.user_name,
        user.profile.display_name,
        user.profile.roles,
        must_change_password=user.must_change_password,
    )
