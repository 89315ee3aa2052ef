"""What is said once on the next page, after a form: kept in a cookie, so that any replica can say it."""

import base64
import binascii
import dataclasses
import enum
import json
from collections.abc import Mapping

from starlette.responses import Response

COOKIE = "registerbro-notice"
SECONDS = 60


class Tone(enum.StrEnum):
    """How it went."""

    DONE = "done"
    WARNING = "warning"


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """A sentence without personal data."""

    tone: Tone
    text: str


def leave(answer: Response, notice: Notice, *, is_secure: bool) -> None:
    """Says it on the next page."""
    kept = base64.urlsafe_b64encode(json.dumps(dataclasses.asdict(notice)).encode()).decode()
    answer.set_cookie(
        COOKIE, kept, max_age=SECONDS, path="/ui", httponly=True, secure=is_secure, samesite="lax"
    )


def of(cookies: Mapping[str, str]) -> Notice | None:
    """What is to be said, if anything."""
    try:
        kept = json.loads(base64.urlsafe_b64decode(cookies[COOKIE].encode()))
        return Notice(Tone(kept["tone"]), str(kept["text"]))
    except (KeyError, ValueError, TypeError, binascii.Error):
        return None


def clear(answer: Response) -> None:
    """It has been said."""
    answer.delete_cookie(COOKIE, path="/ui", httponly=True, samesite="lax")
