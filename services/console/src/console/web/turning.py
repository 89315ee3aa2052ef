"""Why a handler is not reached, or does not go on; ``failures`` answers in its place.

Turned                       the person is sent elsewhere, or shown why not
├── LoginNeeded              no session: to the log-in, then back
├── PasswordNeeded           a one-time password: to its change
├── NotPermitted(scopes)     the person's roles do not permit the page
├── PurposeNeeded            contacts are read and nobody said why: the page that asks, then back
└── FormStale                a form of another session, or of another site
"""

from registerbro.auth import Scope


class Turned(Exception):
    """The handler is not reached, or does not go on."""


class LoginNeeded(Turned):
    """There is no session."""


class PasswordNeeded(Turned):
    """The session is of a one-time password."""


class NotPermitted(Turned):
    """None of the scopes is the person's."""

    def __init__(self, scopes: frozenset[Scope]) -> None:
        super().__init__()
        self.scopes = scopes


class PurposeNeeded(Turned):
    """Nobody said why contacts are read."""


class FormStale(Turned):
    """The form was not sent by a page of this session."""
