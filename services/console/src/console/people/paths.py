"""Where a browser goes after the log-in: a path of the console itself, and nowhere else."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

START = "/ui/"
LONGEST = 500
PATTERN = r"/([!-.0-\[\]-~][!-\[\]-~]*)?"  # printable ASCII; no backslash, and no slash after the first


def own_path(text: str) -> str:
    """A path with its query; ``ValueError`` for anything that a browser could take for another site's address."""
    if len(text) > LONGEST or not re.fullmatch(PATTERN, text):
        raise ValueError("must be a path of the console, beginning with one slash")
    return text


OwnPath: TypeAlias = Annotated[
    str,
    Field(
        description="the console's own path to go to afterwards",
        max_length=LONGEST,
        pattern=f"^{PATTERN}$",
        examples=["/session"],
    ),
    AfterValidator(own_path),
]
