"""What a form of ours sends: read as text, refused where another site's page or an old session sent it."""

import dataclasses
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

MEDIA_TYPE = "application/x-www-form-urlencoded"
TOKEN = "csrf"  # noqa: S105 (a field's name)
CONFIRMED = "confirmed"
SECRETS = "secrets"  # names of the fields that hold one, as the form says
MOST_FIELDS = 3000


class FormUnreadable(Exception):
    """It is not what a form sends."""


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """The fields that were sent; a field that is not there counts as empty."""

    fields: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, body: bytes) -> "Form":
        """From a request's body; ``FormUnreadable``."""
        try:
            fields = parse_qs(
                body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
            )
        except ValueError:
            raise FormUnreadable from None
        return cls(fields)

    def text(self, name: str, default: str = "") -> str:
        """A field without the spaces around it."""
        return self.fields.get(name, (default,))[-1].strip()

    def raw(self, name: str) -> str:
        """A field as it was typed, as passwords are."""
        return self.fields.get(name, ("",))[-1]

    def optional(self, name: str) -> str | None:
        """A field, None if it is empty."""
        return self.text(name) or None

    def number(self, name: str) -> int | str | None:
        """A whole number; what is none comes as it was typed, so that the service says what is wrong with it."""
        text = self.text(name)
        try:
            return int(text) if text else None
        except ValueError:
            return text

    def many(self, name: str) -> list[str]:
        """Every value of a field, as of check boxes."""
        return [value for value in self.fields.get(name, ()) if value]

    def lines(self, name: str) -> list[str]:
        """The lines of a field that hold something."""
        return [line.strip() for line in self.raw(name).splitlines() if line.strip()]

    def flag(self, name: str) -> bool:
        """Whether a check box was ticked."""
        return name in self.fields

    @property
    def is_confirmed(self) -> bool:
        """Whether the person has read what will happen and said yes."""
        return self.text(CONFIRMED) == "yes"

    @property
    def has_secrets(self) -> bool:
        """Whether something was typed that ``hidden`` leaves out."""
        return any(self.raw(name) for name in self.many(SECRETS))

    def hidden(self) -> list[tuple[str, str]]:
        """All fields, for a form that sends them again; secrets are typed anew, so that none stands in a page."""
        own = {TOKEN, CONFIRMED, SECRETS, *self.many(SECRETS)}
        return [(name, value) for name, values in self.fields.items() if name not in own for value in values]


def token_of(session_id: str) -> str:
    """What forms of this session send along: only pages that the session's owner was shown know it."""
    return hashlib.sha256(b"registerbro form\0" + session_id.encode()).hexdigest()


def is_genuine(form: Form, session_id: str) -> bool:
    """Whether a page of this session sent the form."""
    return hmac.compare_digest(form.text(TOKEN).encode(), token_of(session_id).encode())
