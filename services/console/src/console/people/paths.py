"""Where a browser goes after the log-in: a path of the console itself, and nowhere else."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

START = "/session"
LONGEST = 500
_OWN_PATH = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")  # neither //host nor /\host


def own_path(text: str) -> str:
    """A path with its query; ``ValueError`` for anything that a browser could take for another site's address."""
    if len(text) > LONGEST or not text.isascii() or not _OWN_PATH.fullmatch(text):
        raise ValueError("must be a path of the console, beginning with one slash")
    return text


OwnPath: TypeAlias = Annotated[
    str,
    Field(
        description="the console's own path to go to afterwards", max_length=LONGEST, examples=["/session"]
    ),
    AfterValidator(own_path),
]
