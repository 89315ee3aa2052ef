"""Places where a crash is worth thinking about; tests kill the process there."""

import enum
from collections.abc import Callable
from typing import TypeAlias


class Point(enum.StrEnum):
    """A moment between two steps of a transfer or an import."""

    DOWNLOADED = "downloaded"  # the part is on the disk
    KEPT = "kept"  # it has its name in the interim directory
    REGISTERED = "registered"
    COMPANION_RENAMED = "companion-renamed"
    RENAMED_REMOTELY = "renamed-remotely"
    TRANSFERRED = "transferred"
    CLAIMED = "claimed"
    SCANNED = "scanned"
    ASKING = "asking"  # within the transaction that holds the file
    HELD = "held"
    IN_CHUNK = "in-chunk"  # within the chunk's transaction, everything written
    CHUNK_DONE = "chunk-done"
    ENDING = "ending"  # within the transaction that closes the file
    IMPORTED = "imported"
    ERRORS_WRITTEN = "errors-written"
    RENAMED_LOCALLY = "renamed-locally"
    ORDERS_WRITTEN = "orders-written"  # name and content of an input file are fixed
    ORDERS_KEPT = "orders-kept"  # its copy is in the interim directory
    UPLOAD_BEGUN = "upload-begun"  # from here on the server may have it
    STORED_REMOTELY = "stored-remotely"
    UPLOADED = "uploaded"


Checkpoint: TypeAlias = Callable[[Point], None]


def nothing(_: Point) -> None:
    """What happens at a checkpoint outside of tests."""
