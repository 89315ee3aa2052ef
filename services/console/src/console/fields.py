"""What may be said of a client, for the API and the commands alike."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field
from registerbro.privacy import is_suspect

from console.people.names import CONSOLE

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")
MOST = 100


def client_id(text: str) -> str:
    """A client's id; ``ValueError`` says what is wrong with it."""
    if not CLIENT_ID.fullmatch(text):
        raise ValueError("must be 1 to 100 letters, digits and the characters . _ ~ - without a space")
    if text == CONSOLE:
        raise ValueError("is kept for people who have logged in")
    return _no_number(text)


def account(text: str) -> str:
    """A user's account name; ``ValueError`` says what is wrong with it."""
    if not text.isprintable() or not text.strip():
        raise ValueError("must be a name of printable characters")
    return _no_number(text.strip())


def _no_number(text: str) -> str:
    if is_suspect(text):
        raise ValueError("must not look like a personal number")
    return text


ClientId: TypeAlias = Annotated[
    str, Field(json_schema_extra={"pattern": f"^{CLIENT_ID.pattern}$"}), AfterValidator(client_id)
]
Name: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=MOST, description="what people call it"),
    AfterValidator(account),
]
Account: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MOST,
        description="the user that the client acts for",
        examples=["CVRBATCHUSER"],
    ),
    AfterValidator(account),
]
