"""Which version a change is made to: ``If-Match`` with the ETag that the contact was read with (RFC 9110, 13.1.1)."""

import re
from typing import Annotated, TypeAlias

from fastapi import Depends, Header

from console.contacts.problems import PreconditionRequired

_TAG = re.compile(r'\s*(?:W/)?"([0-9]{1,9})"\s*', re.ASCII)
NEVER = -1  # no contact has this version


async def _matched(
    if_match: Annotated[
        str | None, Header(description='the ETag that the contact was read with, as W/"3"')
    ] = None,
) -> int:
    """The version. ``*`` would change a contact that nobody looked at, and is no version."""
    if if_match is None or if_match.strip() == "*":
        raise PreconditionRequired
    found = _TAG.fullmatch(if_match)
    return int(found[1]) if found else NEVER


MatchedVersion: TypeAlias = Annotated[int, Depends(_matched)]
"""For a route that changes a contact: the version that the caller saw."""
