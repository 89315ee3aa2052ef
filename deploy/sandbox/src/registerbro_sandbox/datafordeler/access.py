"""Who may use Datafordeleren: by client certificate, by user and password, by API key, or by a token for either.

Every refusal is ``NotAllowed``; what the token end points refuse is ``TokenRefused``.
"""

import dataclasses
import datetime as dt
import hmac
import secrets
import threading
from collections.abc import Mapping

from pydantic import SecretStr

from registerbro_sandbox.datafordeler.errors import NotAllowed, TokenRefused

CLIENT_NAME = "Registerbro"
"""The common name of client certificates that are tied to the service user."""


@dataclasses.dataclass(frozen=True, slots=True)
class Users:
    """The one service user and its ways in; what is None is no way in."""

    user: str = "registerbro"
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    client_id: str = "registerbro"
    client_secret: SecretStr | None = None
    certificate_name: str = CLIENT_NAME
    token_life: dt.timedelta = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Who a request says it comes from."""

    certificate_name: (
        str | None
    )  # of a client certificate that the authority has issued; None: the host asks for none
    parameters: Mapping[str, str] = dataclasses.field(repr=False)  # of the query, names in lower case
    authorization: str = dataclasses.field(default="", repr=False)


class Access:
    """Lets callers in, and gives tokens. ``users`` may be changed at any time, as a secret that is replaced."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self._lock = threading.Lock()
        self._tokens: dict[str, dt.datetime] = {}

    def check_service(self, caller: Caller) -> None:
        """REST and events: the certificate says who it is, or user and password do."""
        if caller.certificate_name is not None:
            if caller.certificate_name != self.users.certificate_name:
                raise NotAllowed("DAF-AUTH-0003", "The certificate is not tied to any service user.")
            return
        is_user = _is(self.users.user, caller.parameters.get("username"))
        if not (is_user and _is(self.users.password, caller.parameters.get("password"))):
            raise NotAllowed("DAF-AUTH-0003", "The user or its password is not known.")

    def check_graph(self, caller: Caller) -> None:
        """GraphQL: either an API key or a token."""
        key = caller.parameters.get("apikey")
        if key is not None and caller.authorization:
            raise NotAllowed("DAF-AUTH-0002", "Use either an API key or the header Authorization.")
        if key is not None and _is(self.users.api_key, key):
            return
        if not self._is_token(caller.authorization):
            raise NotAllowed("DAF-AUTH-0005", "Access denied. No valid API key or token was found.")

    def token(self, caller: Caller, form: Mapping[str, str]) -> dict[str, object]:
        """A token, for the client's secret or certificate."""
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused(400, "unsupported_grant_type", "Unsupported grant_type")
        if not (_is(self.users.client_id, form.get("client_id")) and self._is_client(caller, form)):
            raise TokenRefused(401, "invalid_client", "Invalid client or Invalid client credentials")
        token, life = secrets.token_urlsafe(32), self.users.token_life
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            self._tokens = {each: ends for each, ends in self._tokens.items() if ends > now}
            self._tokens[token] = now + life
        return {"access_token": token, "expires_in": int(life.total_seconds()), "token_type": "Bearer"}

    def forget_tokens(self) -> None:
        """Every token given so far has come to its end."""
        with self._lock:
            self._tokens.clear()

    def _is_client(self, caller: Caller, form: Mapping[str, str]) -> bool:
        if caller.certificate_name is not None:
            return caller.certificate_name == self.users.certificate_name
        return _is(self.users.client_secret, form.get("client_secret"))

    def _is_token(self, authorization: str) -> bool:
        kind, _, token = authorization.partition(" ")
        with self._lock:
            ends = self._tokens.get(token)
        return kind.lower() == "bearer" and ends is not None and dt.datetime.now(dt.UTC) < ends


def _is(expected: SecretStr | str | None, given: str | None) -> bool:
    if expected is None or given is None:
        return False
    known = expected if isinstance(expected, str) else expected.get_secret_value()
    return hmac.compare_digest(known.encode(), given.encode())
