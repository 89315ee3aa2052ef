"""What the HTTP APIs of all services share: bodies read to the letter, pages of lists, who is acting."""

from collections.abc import Sequence
from typing import Annotated, Generic, Self, TypeAlias, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict

from registerbro.auth import CurrentCaller
from registerbro.ids import LAST_ID

T = TypeVar("T")

Size: TypeAlias = Annotated[
    int, Query(alias="limit", ge=1, le=1000, description="rows in the answer at most")
]
After: TypeAlias = Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")]
Before: TypeAlias = Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")]


async def _acting(caller: CurrentCaller) -> str:
    return caller.name


Acting: TypeAlias = Annotated[str, Depends(_acting)]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 5.0 is the integer 5 (JSON Schema 2020-12, 4.2.3)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)  # behind the bounds, which the description of the API would lose otherwise


class Request(BaseModel):
    """What a call asks for: to the letter, so that a slip is answered and not taken for the default."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Page(BaseModel, Generic[T]):
    """Some of a list; ``next`` is what to ask for to get the following ones, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def cut(cls, items: Sequence[T], size: int, cursor: object) -> Self:
        """A page of rows that were asked for with this size; ``cursor`` is the last row's."""
        return cls(items=list(items), next=str(cursor) if len(items) == size else None)
