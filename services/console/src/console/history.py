"""Who changed what of the console: written in the change's own transaction, never changed afterwards."""

import enum

from registerbro.configuration.history import Change, page, record

__all__ = ["Action", "Change", "Topic", "page", "record"]


class Topic(enum.StrEnum):
    """What kind of thing was changed."""

    CLIENT = "oauth2-client"
    KEY = "oauth2-key"
    PERSON = "person"


class Action(enum.StrEnum):
    """What was done to it."""

    CREATED = "created"
    CHANGED = "changed"
    SECRET_CHANGED = "secret-changed"  # noqa: S105 (an action's name)
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 (an action's name)
    UNLOCKED = "unlocked"
    SESSIONS_ENDED = "sessions-ended"
    REMOVED = "removed"
    REVOKED = "revoked"
