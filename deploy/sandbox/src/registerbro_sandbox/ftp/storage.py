"""Files that the mainframe has moved to mass storage: *Migrated*, and what reading one does."""

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(slots=True)
class MassStorage:
    """Which files are migrated, by name without regard to case; may be changed while the server runs.

    Reading a migrated file is refused, unless ``recall_seconds`` is set: then it is brought back, which takes so long.
    """

    recall_seconds: float | None = None
    _names: frozenset[str] = frozenset()

    @property
    def names(self) -> set[str]:
        """The migrated files' names, in capitals."""
        return set(self._names)

    @names.setter
    def names(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.upper() for name in names)

    def holds(self, name: str) -> bool:
        """Whether a file is migrated."""
        return name.upper() in self._names

    def migrate(self, name: str) -> None:
        """Move a file to mass storage."""
        self._names |= {name.upper()}

    def recall(self, name: str) -> None:
        """Bring a file back."""
        self._names -= {name.upper()}
