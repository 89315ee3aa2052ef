"""Why the person reads contacts: said once, kept in a cookie of the session's browser for an hour, sent with every reading.

It counts for the session that it was said in: who logs in next at the same browser says it anew.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

from registerbro.audit import Purpose
from starlette.responses import Response

from console.purposes import CASE, PURPOSE, PurposeRequired, purpose_of
from console.web import keeping

COOKIE = "registerbro-purpose"
LASTS = dt.timedelta(hours=1)


def keep(answer: Response, purpose: Purpose, *, session_id: str, is_secure: bool) -> None:
    """Lets the browser keep it."""
    said = keeping.packed([_mark(session_id), purpose.purpose, purpose.case_reference])
    keeping.keep(answer, COOKIE, said, lasts=LASTS, is_secure=is_secure)


def of(cookies: Mapping[str, str], session_id: str) -> Purpose | None:
    """What was said in this session, if anything."""
    try:
        mark, purpose, case = keeping.unpacked(cookies, COOKIE)
        is_own = hmac.compare_digest(str(mark).encode(), _mark(session_id).encode())
        return purpose_of(str(purpose), None if case is None else str(case)) if is_own else None
    except (ValueError, TypeError, PurposeRequired):
        return None


def headers(purpose: Purpose | None) -> dict[str, str]:
    """What says it to a service."""
    if purpose is None:
        return {}
    case = purpose.case_reference
    return {PURPOSE: purpose.purpose, **({CASE: case} if case else {})}


def forget(answer: Response) -> None:
    """The browser keeps it no longer."""
    keeping.forget(answer, COOKIE)


def _mark(session_id: str) -> str:
    return hashlib.sha256(b"registerbro purpose\0" + session_id.encode()).hexdigest()
