"""What pages let a person's browser keep, so that any replica knows it: cookies that no script and no other site's page gets."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

PAGES = "/ui"


def keep(
    answer: Response, name: str, value: str, *, lasts: dt.timedelta, is_secure: bool, path: str = PAGES
) -> None:
    """Lets the browser keep it."""
    answer.set_cookie(
        name,
        value,
        max_age=round(lasts.total_seconds()),
        path=path,
        httponly=True,
        secure=is_secure,
        samesite="lax",
    )


def forget(answer: Response, name: str) -> None:
    """The browser keeps it no longer."""
    answer.delete_cookie(name, path=PAGES, httponly=True, samesite="lax")


def packed(value: Any) -> str:
    """What JSON can say, as a cookie takes it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def unpacked(cookies: Mapping[str, str], name: str) -> Any:
    """What a cookie says; None where there is none, or one that was not packed here."""
    try:
        return json.loads(base64.urlsafe_b64decode(cookies[name].encode()))
    except (KeyError, ValueError, binascii.Error):
        return None
