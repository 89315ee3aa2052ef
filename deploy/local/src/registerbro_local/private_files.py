"""Files that only their owner can read."""

import os
from pathlib import Path


def write(path: Path, content: str) -> None:
    """Writes the file, or replaces it; it is never there half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(content)
    part.rename(path)
