"""The connection tests of CVR's services, step by step, as the page shows them."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Self

from registerbro.problems import BASE

from console.web.languages import N_

NAMES: Mapping[str, str] = {
    "settings": N_("Settings"),
    "address": N_("Name of the host (DNS)"),
    "connection": N_("Network connection"),
    "encryption": N_("Encryption and certificates (TLS)"),
    "authorisation": N_("Access token"),
    "sample-call": N_("Sample call: P-number 1003387453"),
    "store": N_("Contact store and contact types"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step. ``name`` is translated when it is shown; ``slug`` says what failed, None if nothing did."""

    name: str
    is_ok: bool | None
    slug: str | None
    detail: str

    @classmethod
    def of(cls, step: Mapping[str, Any]) -> Self:
        """From CVR Online's answer, or from CVR Subscription's, which is shorter."""
        failure = step["failure"]
        if isinstance(failure, Mapping):
            uri, detail = failure["type"], failure["detail"]
        else:
            uri, detail = failure, step.get("text", step.get("remark")) or ""
        return cls(
            name=NAMES.get(step["name"], step["name"]),
            is_ok=False if failure else step["is_ok"],
            slug=uri.removeprefix(BASE) if uri else None,
            detail=detail,
        )
