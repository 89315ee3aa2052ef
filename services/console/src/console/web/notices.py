"""What is said once on the next page, after a form: kept in a cookie, so that any replica can say it."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping

from starlette.responses import Response

from console.web import keeping

COOKIE = "registerbro-notice"
LASTS = dt.timedelta(minutes=1)


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
    kept = keeping.packed(dataclasses.asdict(notice))
    keeping.keep(answer, COOKIE, kept, lasts=LASTS, is_secure=is_secure)


def of(cookies: Mapping[str, str]) -> Notice | None:
    """What is to be said, if anything."""
    try:
        kept = keeping.unpacked(cookies, COOKIE)
        return Notice(Tone(kept["tone"]), str(kept["text"]))
    except (KeyError, ValueError, TypeError):
        return None


def clear(answer: Response) -> None:
    """It has been said."""
    keeping.forget(answer, COOKIE)
