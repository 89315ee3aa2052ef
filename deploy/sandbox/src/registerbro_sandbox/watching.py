"""Running servers and their switchboard: what is set reaches the servers, what a client has recalled reaches the file."""

import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Protocol, Self

import structlog
from pydantic import ValidationError

from registerbro_sandbox.direct import CprDirectServer
from registerbro_sandbox.ftp import CprFileServer
from registerbro_sandbox.switchboard import Board, changing

log = structlog.get_logger(__name__)
_SECONDS = 0.2


class Settable(Protocol):
    """The switch of a running server."""

    def set(self, wrong: Any) -> None:
        """Do this wrong from now on."""


class Watch:
    """Looks at the switchboard until the block ends; ``first`` is in force where nothing was ever set.

    ``switches``: of the other servers, by the names of their fields on the board.
    """

    def __init__(
        self,
        server: CprFileServer,
        first: Board,
        direct: CprDirectServer | None = None,
        *,
        switches: Mapping[str, Settable] = MappingProxyType({}),
    ) -> None:
        self._server = server
        self._switches = {**({"direct": direct.faults} if direct else {}), **switches}
        self._first = first
        self._seen: Board | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="switchboard", daemon=True)

    def __enter__(self) -> Self:
        directory = self._directory
        with changing(directory):
            if Board.read(directory) is None:
                self._first.write(directory)
        self.look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def look(self) -> None:
        """Bring server and file together once."""
        with changing(self._directory):
            board = Board.read(self._directory) or self._first
            if self._seen and (recalled := set(self._seen.migrated) - self._server.migrated):
                board = board.with_migrated(fewer=recalled)
                board.write(self._directory)
            self._take(board)

    @property
    def _directory(self) -> Path:
        return self._server.directory

    def _take(self, board: Board) -> None:
        if self._seen is None or board.state_of("faults") != self._seen.state_of("faults"):
            self._server.faults.take(board.faults.faults())
        for name, switch in self._switches.items():
            if self._seen is None or board.state_of(name) != self._seen.state_of(name):
                switch.set(getattr(board, name))
        self._server.recall_seconds = board.recall_seconds
        self._server.migrated = set(board.migrated)
        if board != self._seen:
            log.info("switchboard set", **board.model_dump(mode="json"))
        self._seen = board

    def _run(self) -> None:
        while not self._ending.wait(_SECONDS):
            try:
                self.look()
            except (OSError, ValidationError) as error:
                log.warning("switchboard cannot be read", error=type(error).__name__)
