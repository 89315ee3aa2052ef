"""What the routes of all topics share."""

from collections.abc import Sequence
from typing import Annotated, Generic, Self, TypeAlias, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict
from registerbro.service import CurrentService

from console.errors import PROBLEMS, TokensIssuedElsewhere
from console.oauth2.issuing import Issuer
from console.oauth2.opening import elsewhere
from console.settings import AppSettings, Signing, signing

T = TypeVar("T")
LAST_ID = 2**53 - 1  # the largest that every reader of JSON keeps exactly (RFC 8259, 6)
ELSEWHERE = PROBLEMS.of(TokensIssuedElsewhere)


async def _settings(service: CurrentService) -> AppSettings:
    settings = service.settings
    if not isinstance(settings, AppSettings):
        raise TypeError("the console runs with other settings than its own")
    return settings


CurrentSettings: TypeAlias = Annotated[AppSettings, Depends(_settings)]


async def _issuer(service: CurrentService, settings: CurrentSettings) -> Issuer:
    if signing(settings.console, settings.auth) is Signing.FOREIGN:
        raise elsewhere(settings.auth)
    return service.get(Issuer)


CurrentIssuer: TypeAlias = Annotated[Issuer, Depends(_issuer)]
Size: TypeAlias = Annotated[
    int, Query(alias="limit", ge=1, le=1000, description="rows in the answer at most")
]
Before: TypeAlias = Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")]


class Request(BaseModel):
    """What a call asks for: to the letter, so that a slip is answered and not taken for the default."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Page(BaseModel, Generic[T]):
    """Some of a list; ``next`` is what to ask for to get the following ones, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def cut(cls, items: Sequence[T], size: int, cursor: object) -> Self:
        """A page of rows that were asked for with this size; ``cursor`` is the last row's."""
        return cls(items=list(items), next=str(cursor) if len(items) == size else None)
