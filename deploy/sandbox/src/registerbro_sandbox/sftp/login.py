"""Who may log on to the SFTP server, and who is here."""

import hmac
from collections.abc import Sequence

import asyncssh
from pydantic import SecretStr

from registerbro_sandbox.ftp.faults import HEALTH_CHECK, Faults


class Login(asyncssh.SSHServer):
    """One connection, from its first byte to its last."""

    def __init__(
        self,
        user: str,
        password: SecretStr | None,
        keys: Sequence[asyncssh.SSHKey],
        faults: Faults,
        connections: set[asyncssh.SSHServerConnection],
    ) -> None:
        self._user, self._password, self._keys, self._faults = user, password, keys, faults
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._connection:
            self._connections.discard(self._connection)

    def password_auth_supported(self) -> bool:
        return self._password is not None

    def validate_password(self, username: str, password: str) -> bool:
        if self._password is None or self._is_refused():
            return False
        expected = self._password.get_secret_value().encode()
        return hmac.compare_digest(password.encode(), expected) and username == self._user

    def public_key_auth_supported(self) -> bool:
        return bool(self._keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._user and key in self._keys and not self._is_refused()

    def _is_refused(self) -> bool:
        if self._connection and is_health_check(self._connection.get_extra_info("client_version")):
            return False
        return "PASS" in self._faults.refuse and self._faults.use()


def is_health_check(client_version: object) -> bool:
    """Whether a client is the sandbox's own health check."""
    return str(client_version).endswith(HEALTH_CHECK)
