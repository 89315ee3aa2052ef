"""What can go wrong in the console, and how it looks from outside.

    ConsoleError
    ├── TokensIssuedElsewhere(issuer)  another issuer is configured: ours is off
    ├── ClientUnknown                  there is no client of that id
    ├── ClientExists                   there is one already
    ├── SecretRefused                  a given secret that is too easy to guess
    ├── KeyFixed                       the development key stands in the settings and cannot be changed here
    └── KeyAnnounced(signs_from)       a new key is published already, and takes over at that time

What the token end point answers has a form of its own (RFC 6749, 5.2) and stands in ``oauth2.refusals``.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.presentation import Presentation, ProblemTable


class ConsoleError(Exception):
    """An error with a name of its own; its text is one line and holds no secret."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class TokensIssuedElsewhere(ConsoleError):
    """Another issuer is configured, so that clients are registered and get their tokens there."""

    def __init__(self, issuer: str) -> None:
        super().__init__(f"tokens are issued by {issuer}, and clients are registered there")
        self.issuer = issuer

    @property
    def facts(self) -> Mapping[str, Any]:
        """The issuer."""
        return {"issuer": self.issuer}


class ClientUnknown(ConsoleError):
    """There is no client of that id."""

    def __init__(self) -> None:
        super().__init__("there is no client of that id")


class ClientExists(ConsoleError):
    """There is a client of that id already."""

    def __init__(self) -> None:
        super().__init__("there is a client of that id already")


class SecretRefused(ConsoleError):
    """A given secret that is too easy to guess, or that no client could send."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the secret is refused: {reason}")


class KeyFixed(ConsoleError):
    """The key stands in the settings."""

    def __init__(self) -> None:
        super().__init__("tokens are signed with auth.development_key, which is changed in the settings")


class KeyAnnounced(ConsoleError):
    """A new key is published already and does not sign yet."""

    def __init__(self, signs_from: dt.datetime) -> None:
        super().__init__(f"a new key takes over at {signs_from.isoformat(timespec='seconds')} already")
        self.signs_from = signs_from

    @property
    def facts(self) -> Mapping[str, Any]:
        """When it takes over."""
        return {"signs_from": self.signs_from}


PRESENTATION: dict[type[ConsoleError], Presentation] = {
    TokensIssuedElsewhere: Presentation("tokens-issued-elsewhere", 404, "Tokens are issued elsewhere"),
    ClientUnknown: Presentation("client-unknown", 404, "There is no such client"),
    ClientExists: Presentation("client-exists", 409, "There is such a client already"),
    SecretRefused: Presentation("secret-refused", 422, "The secret is refused"),
    KeyFixed: Presentation("key-fixed", 409, "The signing key stands in the settings"),
    KeyAnnounced: Presentation("key-announced", 409, "A new signing key is announced already"),
}
PROBLEMS = ProblemTable(PRESENTATION)
