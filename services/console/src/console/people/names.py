"""What people may be called, for the API, the commands and the log-in alike."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field
from registerbro.privacy import is_suspect

CONSOLE = "console"  # the client that people's calls are recorded under
USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}")
LONGEST_TYPED = 200
_CLIENTS = re.compile(rf"{CONSOLE}|service-account-.*")  # services would take them for a client's own account


def user_name(text: str) -> str:
    """A user name; ``ValueError`` says what is wrong with it."""
    if not USER_NAME.fullmatch(text):
        raise ValueError("must be 1 to 100 small letters, digits and the characters . _ @ -")
    if is_suspect(text):
        raise ValueError("must not look like a personal number")
    if is_client(text):
        raise ValueError("is kept for client applications")
    return text


def is_client(text: str) -> bool:
    """Whether services would take the name for that of a client."""
    return _CLIENTS.fullmatch(text) is not None


def folded(typed: str) -> str:
    """A user name as it is kept, from what somebody typed."""
    return typed.strip().lower()


UserName: TypeAlias = Annotated[
    str,
    Field(
        description="small letters, digits and . _ @ -; never changed",
        pattern=f"^{USER_NAME.pattern}$",
        examples=["anna.jensen"],
    ),
    AfterValidator(user_name),
]
