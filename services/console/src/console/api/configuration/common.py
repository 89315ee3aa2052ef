"""What the routes on the configuration share: the version that a caller has read."""

from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header, Response
from registerbro.openapi import described

WITH_ETAG: dict[int | str, dict[str, Any]] = {
    200: {"headers": described({"ETag": "the version, for If-Match"})}
}


ANY = "*"


async def _version(
    if_match: Annotated[
        str,
        Header(
            pattern=r'^("\d{1,18}"|\*)$',
            description="the ETag that was read; the change is refused with 412 if it is old",
        ),
    ] = ANY,
) -> int | None:
    return int(if_match.strip('"')) if if_match != ANY else None


Read: TypeAlias = Annotated[int | None, Depends(_version)]
"""The version that the caller has read; None: any."""


def tag(response: Response, version: int) -> None:
    """Names the version of what is answered."""
    response.headers["ETag"] = f'"{version}"'
