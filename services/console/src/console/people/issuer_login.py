"""People log in at the external issuer: sent there, back with a code, a session begins (authorization code flow with PKCE)."""

import dataclasses
import hmac

import structlog
from registerbro.database import Pool

from console.people import id_tokens
from console.people.attempts import Attempt, Attempts
from console.people.errors import LoginDenied, LoginInterrupted, NoRole
from console.people.provider import GrantRefused, Provider
from console.people.sessions import Sessions
from console.people.vault import Vault

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the issuer sends a browser back with (RFC 6749, 4.1.2; RFC 9207)."""

    state: str | None
    code: str | None
    error: str | None
    issuer: str | None


@dataclasses.dataclass(frozen=True)
class IssuerLogin:
    """Log-ins for as long as the service runs."""

    pool: Pool
    sessions: Sessions
    attempts: Attempts
    provider: Provider
    vault: Vault

    async def begin(self, path: str) -> tuple[str, str]:
        """Where the browser is sent, and the cookie that holds the log-in to it; it comes to the path afterwards."""
        attempt = Attempt.to(path)
        url = await self.provider.authorization_url(attempt)
        return url, await self.attempts.begin(attempt)

    async def finish(self, answer: Answer, *, cookie: str | None, instead_of: str | None) -> tuple[str, str]:
        """Begins a session; returns the cookie's value and the path to go to. ``LoginError``."""
        attempt = await self.attempts.take(cookie)
        code = await self._code(answer, attempt)
        try:
            tokens = await self.provider.exchange(code, attempt)
        except GrantRefused:
            raise id_tokens.wrong("the issuer gives no token for its code") from None
        settings = self.provider.settings
        keys = await self.provider.keys()
        claims = await id_tokens.claims_of(
            tokens.id_token, settings, keys, nonce=attempt.nonce, access_token=tokens.access_token
        )
        person = id_tokens.person_of(claims, settings)
        if not person.roles:
            log.warning("log-in refused: no role", user=person.user_name)
            raise NoRole
        person = dataclasses.replace(person, tokens=self.vault.seal(tokens))
        async with self.pool.acquire() as connection, connection.transaction():
            session_id = await self.sessions.begin(connection, person, instead_of=instead_of)
        log.info("person logged in", user=person.user_name, roles=sorted(map(str, person.roles)))
        return session_id, attempt.next

    async def _code(self, answer: Answer, attempt: Attempt) -> str:
        if answer.state is None or not hmac.compare_digest(answer.state.encode(), attempt.state.encode()):
            raise LoginInterrupted
        metadata = await self.provider.metadata()
        is_named = answer.issuer is not None or metadata.authorization_response_iss_parameter_supported
        if is_named and answer.issuer != metadata.issuer:
            raise id_tokens.wrong("it names another issuer")
        if answer.error is not None:
            raise LoginDenied
        if not answer.code:
            raise id_tokens.wrong("it has no code")
        return answer.code
