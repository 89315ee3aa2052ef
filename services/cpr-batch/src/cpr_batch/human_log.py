"""The log for people, ``cprbatch.log``: one line for each important action.

A line is written with one call in append mode, so that several processes can write at once, and the file is opened by its name for
each line, so that a rotated one is left alone. A disk that fails is told once and never keeps an action from being done.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from registerbro.jobs import DENMARK

from cpr_batch.journal_entries import Action, Entry

READABLE_BY_GROUP = 0o640
SENTENCES: Mapping[Action, str] = {
    Action.CONNECTED: "The connection was tested.",
    Action.LISTED: "The files on the server were listed.",
    Action.FETCHED: "A file was fetched.",
    Action.IMPORTED: "A file was imported.",
    Action.REFUSED: "A file was refused; nothing of it was written.",
    Action.DRY_RUN: "A file was tried; nothing of it was written.",
    Action.RUN_STARTED: "A run started.",
    Action.RUN_ENDED: "A run ended.",
    Action.STOPPED: "A run was stopped.",
    Action.RETRIED: "A run was started again.",
    Action.HELD: "A file was held back; it waits for an approval.",
    Action.APPROVED: "A file was approved.",
    Action.DECLINED: "A file was declined.",
    Action.GAP_NOTICED: "A file is missing before this one.",
    Action.GAP_CLOSED: "A file that was missing is here.",
    Action.SETTINGS_CHANGED: "Settings were changed.",
    Action.ORDERED: "Lines were ordered of CPR.",
    Action.UPLOADED: "A file was uploaded to CPR.",
    Action.ANSWERED: "CPR answered an order.",
    Action.ADOPTED: "Existing contacts were taken over.",
    Action.PURGED: "A file was deleted from the interim directory.",
    Action.SHOWN: "A person of a file was shown.",
    Action.FAILED: "Something failed.",
}
log = structlog.get_logger()
_failing: set[Path] = set()


def line(entry: Entry) -> str:
    """The entry as people read it: Danish time with its offset, a sentence, then file, run, who acted, and the facts."""
    at = entry.at.astimezone(DENMARK).isoformat(sep=" ", timespec="seconds")
    named = {
        "file": entry.file,
        "run": entry.run_id,
        "by": entry.acted_by,
        **dict(sorted(entry.facts.items())),
    }
    facts = " ".join(f"{name}={_shown(value)}" for name, value in named.items() if value is not None)
    return f"{at} {SENTENCES[entry.action]} {facts}"


def append(path: Path, text: str) -> None:
    """Adds a line; the first failure is told in the service's log, and when it works again the next one is, too."""
    try:
        _write(path, f"{text}\n".encode())
    except OSError as error:
        if path not in _failing:
            _failing.add(path)
            log.warning("log file not written", path=str(path), reason=error.strerror)
    else:
        _failing.discard(path)


def _write(path: Path, content: bytes) -> None:
    descriptor = _opened(path)
    try:
        if os.write(descriptor, content) < len(content):
            raise OSError(0, "the line was not written whole")
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            pass
        try:
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, READABLE_BY_GROUP)
        except FileExistsError:  # another process was faster
            continue
        os.fchmod(descriptor, READABLE_BY_GROUP)
        return descriptor


def _shown(value: Any) -> str:
    """A value that cannot be taken for more than one, nor break the line."""
    text = str(value)
    is_plain = text.isprintable() and text != "" and not set(text) & set(' "=')
    return text if is_plain else json.dumps(text)
