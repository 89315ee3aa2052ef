"""Style, script and icon: read at the start, named by their content, so that browsers may keep them for ever."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import Response
from registerbro.auth import PUBLIC, Scopes
from registerbro.problems import NotFound

FOLDER = Path(__file__).parent / "static"
ROUTE = "/ui/static/{name}"
KINDS: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
SCOPES: Scopes = {("GET", ROUTE): PUBLIC}
router = APIRouter(include_in_schema=False)


@functools.cache
def files() -> Mapping[str, tuple[bytes, str]]:
    """Content and media type of each, by its name with the hash in it."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        found[f"{path.stem}.{digest}{path.suffix}"] = content, KINDS[path.suffix]
    return found


@functools.cache
def url(name: str) -> str:
    """Where a file is, by the name that it has in the folder."""
    stem, suffix = name.rsplit(".", 1)
    [named] = [each for each in files() if each.startswith(f"{stem}.") and each.endswith(f".{suffix}")]
    return ROUTE.format(name=named)


@router.get(ROUTE, response_model=None)
async def show_file(name: Annotated[str, InPath(max_length=100)]) -> Response:
    """One of the files."""
    if name not in files():
        raise NotFound
    content, kind = files()[name]
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type=kind, headers=headers)
