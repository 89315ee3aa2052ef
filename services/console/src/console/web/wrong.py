"""What a page finds wrong with a form by itself, or reads out of a service's answer, for the fields that show it."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Wrong:
    """A text for each wrong field; ``is_own``: in the person's language, as the page says it."""

    texts: Mapping[str, str]
    is_own: bool = True

    def error_of(self, field: str) -> Mapping[str, Any] | None:
        """As a failed call has it."""
        text = self.texts.get(field)
        return None if text is None else {"detail": text, "own": self.is_own}
