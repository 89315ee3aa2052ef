"""Why somebody reads contacts: stated in headers, since reads have no body."""

import re
from typing import Annotated, TypeAlias

from fastapi import Depends, Header
from registerbro.audit import Purpose
from registerbro.problems import Problem

PURPOSE = "Registerbro-Purpose"
CASE = "Registerbro-Case"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # which no header takes


class PurposeRequired(Problem):
    """Data of contacts are read without saying why."""

    status, slug, title = 400, "purpose-required", "State the purpose"


def purpose_of(text: str, case_reference: str | None = None) -> Purpose:
    """A stated purpose; ``PurposeRequired`` if it does not have its 3 to 500 characters, or the case more than 200."""
    said, case = _decoded(text).strip(), _decoded(case_reference or "").strip()
    if not 3 <= len(said) <= 500 or _CONTROL.search(said):
        raise PurposeRequired(f"The header {PURPOSE} takes 3 to 500 characters: why the data are needed.")
    if len(case) > 200 or _CONTROL.search(case):
        raise PurposeRequired(f"The header {CASE} takes 200 characters at most: the case's reference.")
    return Purpose(purpose=said, case_reference=case or None)


def _decoded(value: str) -> str:
    """As the client wrote it: headers come as Latin-1, most clients send UTF-8 (RFC 9110, 5.5)."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


async def _stated(
    purpose: Annotated[
        str | None,
        Header(
            alias=PURPOSE,
            description="why data of contacts are read",
            json_schema_extra={"minLength": 3, "maxLength": 500},  # told, and refused by ``purpose_of``
        ),
    ] = None,
    case_reference: Annotated[
        str | None, Header(alias=CASE, description="the case that they are read for")
    ] = None,
) -> Purpose | None:
    return None if purpose is None else purpose_of(purpose, case_reference)


StatedPurpose: TypeAlias = Annotated[Purpose | None, Depends(_stated)]
"""For a route that only sometimes needs one; ``required`` refuses its absence."""


def required(purpose: Purpose | None) -> Purpose:
    """The purpose; ``PurposeRequired`` if none was stated."""
    if purpose is None:
        raise PurposeRequired(f"The header {PURPOSE} says why the data are needed.")
    return purpose


async def _current(purpose: StatedPurpose) -> Purpose:
    return required(purpose)


CurrentPurpose: TypeAlias = Annotated[Purpose, Depends(_current)]
"""For a route that always needs one."""
