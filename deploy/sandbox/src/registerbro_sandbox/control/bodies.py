"""What the bodies of calls have in common."""

import datetime as dt
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeAlias, TypeVar

import fastapi
from pydantic import BeforeValidator, Field, ValidationError
from registerbro.api import Request, Whole
from registerbro.problems import InvalidRequest, validation_errors
from registerbro.settings import Section

S = TypeVar("S", bound=Section)
MOST = 1000  # of what one call may name


def _text(value: object) -> object:
    """JSON has dates as texts; a number would be taken for seconds."""
    if value is not None and not isinstance(value, str):
        raise ValueError("must be a date, as 2026-03-03")
    return value


FIRST, LAST = (
    dt.date(2025, 1, 2),
    dt.date(2099, 12, 31),
)  # of the days on which something can happen to persons
OLDEST = dt.date(1950, 1, 1)
Day: TypeAlias = Annotated[
    dt.date, Field(strict=False, ge=OLDEST, le=LAST, examples=["2026-03-03"]), BeforeValidator(_text)
]
ProductionDay: TypeAlias = Annotated[
    dt.date, Field(strict=False, ge=FIRST, le=LAST, examples=["2026-03-03"]), BeforeValidator(_text)
]
Count: TypeAlias = Annotated[int, Field(ge=1, le=MOST), Whole]
Size: TypeAlias = Annotated[int, Field(ge=1, le=200, description="how many at most"), Whole]
Text: TypeAlias = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

__all__ = [
    "MOST",
    "Count",
    "Day",
    "ProductionDay",
    "Request",
    "Size",
    "Text",
    "described_as",
    "to_the_letter",
]


def to_the_letter(kind: type[S]) -> Callable[[fastapi.Request], Coroutine[Any, Any, S]]:
    """Reads a body that is a group of settings as strictly as any other one: a 5 is no ``"5"``."""

    async def read(call: fastapi.Request) -> S:
        try:
            return kind.model_validate_json(_with_whole_numbers(await call.body()), strict=True)
        except ValidationError as refusal:
            errors = [{**error, "loc": ("body", *error["loc"])} for error in refusal.errors()]
            raise InvalidRequest(errors=validation_errors(errors)) from None

    return read


def _with_whole_numbers(body: bytes) -> bytes | str:
    """JSON knows one kind of number: 5.0 is the integer 5 (JSON Schema 2020-12, 4.2.3)."""

    def number(text: str) -> float:
        return int(found) if (found := float(text)).is_integer() else found

    try:
        return json.dumps(json.loads(body, parse_float=number))
    except ValueError:
        return body  # which is no JSON


def described_as(kind: type[Section]) -> dict[str, Any]:
    """How OpenAPI describes such a body; the schema is that of an answer."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
