"""One client's SFTP session: look, fetch, store and rename; never delete. What is done is noted by FTP's names for it."""

import asyncio
import dataclasses
import os
import posixpath
from collections.abc import AsyncIterator, Callable
from io import FileIO
from pathlib import Path
from typing import NoReturn, cast

import asyncssh
import structlog
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_TRUNC, FXF_WRITE

from registerbro_sandbox.ftp.faults import Break, Faults, Pace
from registerbro_sandbox.ftp.ledger import Ledger
from registerbro_sandbox.hidden import is_hidden, is_private
from registerbro_sandbox.sftp.login import is_health_check

log = structlog.get_logger(__name__)
_TURN_SECONDS = 0.05
_WRITING = FXF_WRITE | FXF_APPEND | FXF_CREAT | FXF_TRUNC


@dataclasses.dataclass(slots=True)
class Fetch:
    """A file on its way to a client."""

    file: FileIO
    name: str
    pace: Pace
    turn: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)
    has_begun: bool = False


class SftpSession(asyncssh.SFTPServer):
    """The directory as a client sees it."""

    def __init__(
        self,
        channel: "asyncssh.SSHServerChannel[bytes]",
        directory: Path,
        faults: Faults,
        ledger: Ledger,
        before_listing: Callable[[], None],
    ) -> None:
        super().__init__(channel, chroot=os.fsencode(directory))
        self._faults = Faults() if is_health_check(channel.get_extra_info("client_version")) else faults
        self._ledger = ledger
        self._before_listing = before_listing
        self._user = str(channel.get_extra_info("username"))

    def map_path(self, path: bytes) -> bytes:
        """Where a path leads; the sandbox's own files are not there."""
        local = super().map_path(path)
        if is_private(Path(os.fsdecode(local))):
            raise asyncssh.SFTPNoSuchFile("File not found")
        return local

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Names and attributes; what is not complete yet begins with a dot and is not shown."""
        await self._note("LIST", path)
        self._before_listing()
        async for entry in super().scandir(path):
            if entry.filename in (b".", b"..") or not is_hidden(os.fsdecode(entry.filename)):
                yield entry

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file to fetch or to store."""
        is_stored = bool(pflags & _WRITING)
        await self._note("STOR" if is_stored else "RETR", path)
        file = cast("FileIO", super().open(path, pflags, attrs))
        return file if is_stored else Fetch(file, posixpath.basename(os.fsdecode(path)), self._faults.pace())

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read as much as the switchboard lets through."""
        if not isinstance(file_obj, Fetch):
            raise asyncssh.SFTPPermissionDenied("Not open for reading")
        async with file_obj.turn:
            if not file_obj.has_begun:
                file_obj.has_begun = True
                await asyncio.sleep(file_obj.pace.first_byte_seconds)
            size = min(size, file_obj.pace.piece or size)
            data = os.pread(file_obj.file.fileno(), await self._allowed(offset, size), offset)
            await asyncio.sleep(file_obj.pace.rest(len(data)))
            return data

    async def close(self, file_obj: object) -> None:
        """Close a file."""
        cast("FileIO", file_obj.file if isinstance(file_obj, Fetch) else file_obj).close()

    def fstat(self, file_obj: object) -> object:  # type: ignore[override]
        """What is known of an open file."""
        return super().fstat(file_obj.file if isinstance(file_obj, Fetch) else file_obj)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename; never over another file."""
        await self._note("RNFR", oldpath)
        await self._note("RNTO", newpath)
        super().rename(oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The same: nothing here is overwritten."""
        await self.rename(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        """Nothing is deleted here."""
        await self._refuse("DELE", path)

    async def rmdir(self, path: bytes) -> None:
        """Nothing is deleted here."""
        await self._refuse("RMD", path)

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """No directories are made."""
        await self._refuse("MKD", path)

    async def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """No links."""
        await self._refuse("SYMLINK", newpath)

    async def link(self, oldpath: bytes, newpath: bytes) -> None:
        """No links."""
        await self._refuse("LINK", newpath)

    async def _refuse(self, verb: str, path: bytes) -> NoReturn:
        await self._note(verb, path)
        raise asyncssh.SFTPPermissionDenied("Permission denied")

    async def _note(self, verb: str, path: bytes) -> None:
        """Note what is asked, and let go wrong what the switchboard says."""
        argument = posixpath.normpath(os.fsdecode(path))
        self._ledger.note(self._user, verb, argument)
        log.info("command", user=self._user, command=verb, argument=argument, protocol="sftp")
        faults = self._faults
        if verb in faults.vanish_at and faults.use():
            await self._vanish()
        elif verb in faults.ignore and faults.use():
            await self._stall()
        elif verb in faults.refuse and faults.use():
            raise asyncssh.SFTPFailure(faults.refuse[verb].lstrip("0123456789 "))

    async def _allowed(self, offset: int, size: int) -> int:
        """How many bytes may be read before the transfer breaks."""
        faults = self._faults
        if faults.transfer is None or offset + size <= faults.after_bytes:
            return size
        if offset < faults.after_bytes:
            return faults.after_bytes - offset
        if not faults.use():
            faults.none()
            return size
        await self._break(faults.transfer)
        return 0

    async def _break(self, how: Break) -> None:
        log.warning("transfer broken on purpose", how=how.value, protocol="sftp")
        match how:
            case Break.ABORT:
                raise asyncssh.SFTPFailure("Transfer aborted")
            case Break.STALL:
                await self._stall()
            case Break.VANISH:
                await self._vanish()

    async def _stall(self) -> NoReturn:
        """Never answer; give up when the client does."""
        while not self.channel.is_closing():  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(_TURN_SECONDS)
        raise asyncssh.SFTPConnectionLost("Connection lost")

    async def _vanish(self) -> NoReturn:
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("Connection lost")
