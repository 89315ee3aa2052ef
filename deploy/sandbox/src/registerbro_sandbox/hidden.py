"""What the directory of a world holds beside the files that clients see: names that begin with a dot."""

from pathlib import Path

WORLD = ".world.jsonl"
COMPANIES = ".companies.jsonl"
OWN = ".sandbox"  # a directory: the switchboard, the SSH server's key
_PRIVATE = frozenset({WORLD, COMPANIES, OWN})


def is_hidden(name: str) -> bool:
    """Whether a name is left out of listings."""
    return name.startswith(".")


def is_private(path: Path) -> bool:
    """Whether clients may not even ask for a path by its name."""
    return not _PRIVATE.isdisjoint(path.parts)


def own_directory(directory: Path) -> Path:
    """The directory for the sandbox's own files, made if need be; only this user reads it."""
    own = directory / OWN
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    return own
