"""SFTP through ``asyncssh``: the server's key is checked, always; of ours only what the settings name is offered.

Nothing of the account's own ``~/.ssh`` is read, and no agent is asked.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import asyncssh
import structlog

from cpr_batch.errors import (
    ConnectionFailed,
    DirectoryRefused,
    RemoteFileError,
    RemoteFileRefused,
    RenameRefused,
    ServerError,
    ServerTimeout,
    TransferBroken,
    UploadRefused,
)
from cpr_batch.remote import Naming, Place, RemoteFile, free_name
from cpr_batch.server_settings import FtpSettings
from cpr_batch.servers import keys
from cpr_batch.servers.faults import answer, named

MOST_ENTRIES = 100_000
BLOCK = 32 * 1024  # what every server hands out in one answer
AHEAD = 32  # blocks asked for before they come
TEMPORARY = ".tmp"
_REFUSED = asyncssh.SFTPError

log = structlog.get_logger()


class SftpFileServer:
    """A file server that is reached by SFTP."""

    def __init__(self, settings: FtpSettings) -> None:
        self._settings = settings

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self._settings.host}:{self._settings.port_number}"

    @property
    def naming(self) -> Naming:
        """How files are called there."""
        return Naming()

    @contextlib.asynccontextmanager
    async def session(self, place: Place = Place.OUTPUT) -> AsyncIterator["SftpSession"]:
        """Connects, checks the server's key, logs on once and enters the directory."""
        connection = await self._connected()
        try:
            client = await self._client(connection, place)
            yield SftpSession(client, self.address, self._settings)
        finally:
            connection.abort()
            with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
                await asyncio.wait_for(connection.wait_closed(), self._settings.connect_seconds)

    async def _connected(self) -> asyncssh.SSHClientConnection:
        settings = self._settings
        with named(self.address):
            plain = await self._reached()
            try:
                async with asyncio.timeout(settings.timeout_seconds):
                    return await asyncssh.connect(
                        sock=plain, client_factory=lambda: _Recognising(settings), **self._options()
                    )
            except BaseException:
                plain.close()
                raise

    async def _reached(self) -> socket.socket:
        settings, loop = self._settings, asyncio.get_running_loop()
        async with asyncio.timeout(settings.connect_seconds):
            found = await loop.getaddrinfo(settings.host, settings.port_number, type=socket.SOCK_STREAM)
            return await _first_reached(found)

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        hosts = keys.known_hosts(settings.known_hosts_file) if settings.known_hosts_file else b""
        key = keys.private_key(settings.key_file, settings.key_passphrase) if settings.key_file else None
        return {
            "host": settings.host,
            "port": settings.port_number,
            "username": settings.user,
            "password": settings.password.get_secret_value() if settings.password else None,
            "client_keys": [key] if key else None,
            "known_hosts": hosts,
            "agent_path": None,
            "config": None,
            "login_timeout": settings.timeout_seconds,
        }

    async def _client(self, connection: asyncssh.SSHClientConnection, place: Place) -> asyncssh.SFTPClient:
        settings = self._settings
        directory = settings.input_directory if place is Place.INPUT else settings.directory
        with named(self.address, {_REFUSED: DirectoryRefused}):
            async with asyncio.timeout(settings.timeout_seconds):
                client = await connection.start_sftp_client(
                    path_encoding=settings.encoding, path_errors="replace"
                )
                if directory:
                    await client.chdir(directory)
                return client


class SftpSession:
    """A session that is logged on; one call at a time."""

    def __init__(self, client: asyncssh.SFTPClient, address: str, settings: FtpSettings) -> None:
        self._client = client
        self._address = address
        self._settings = settings
        self.is_list_cut = False

    async def files(self) -> list[RemoteFile]:
        """Plain files and links, with size and time of the last change."""
        found: list[RemoteFile] = []
        self.is_list_cut = False
        with named(self._address, {_REFUSED: DirectoryRefused}):
            entries = aiter(self._client.scandir())
            while entry := await self._in_time(anext(entries, None)):
                if len(found) == MOST_ENTRIES:
                    self.is_list_cut = True
                    log.warning("list of files cut off", server=self._address, entries=MOST_ENTRIES)
                    break
                if (file := _described(entry)) is not None:
                    found.append(file)
        return found

    async def fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        """The file's bytes, in order, up to where the server says that there are no more."""
        received = 0
        try:
            with named(self._address):
                async with self._opened(name) as blocks:
                    async for block in blocks:
                        received += len(block)
                        await asyncio.to_thread(write, block)
        except RemoteFileRefused:
            raise
        except ServerError as error:
            raise self._broken(name, f"{error.detail}, after {received} bytes") from error

    async def rename(self, name: str, new_name: str) -> None:
        """Renames; the protocol's own command does not overwrite."""
        try:
            with named(self._address):
                await self._in_time(self._client.rename(name, new_name))
        except (ConnectionFailed, ServerTimeout) as error:
            raise self._broken(name, error.detail) from error
        except ServerError as error:
            raise RenameRefused(self._address, name, error.detail) from error

    async def store(self, name: str, content: bytes) -> None:
        """Writes under a temporary name that is new, renames, and looks at the list."""
        try:
            with named(self._address, {_REFUSED: UploadRefused}):
                taken = {file.name for file in await self.files()}
                if name in taken:
                    raise UploadRefused(self._address, f"{name} is there already")
                temporary = free_name(name + TEMPORARY, taken)
                await self._write(temporary, content)
                await self._in_time(self._client.rename(temporary, name))
            if not await self.stored(name):
                raise UploadRefused(self._address, f"{name} is not listed after it was taken")
        except (UploadRefused, DirectoryRefused):
            raise
        except ServerError as error:
            raise self._broken(name, error.detail) from error

    async def stored(self, name: str) -> bool:
        """Whether the list has this name."""
        return any(file.name == name for file in await self.files())

    async def _write(self, name: str, content: bytes) -> None:
        file = await self._in_time(self._client.open(name, "xb"))
        try:
            for start in range(0, len(content), BLOCK):
                await self._in_time(file.write(content[start : start + BLOCK]))
        finally:
            await self._in_time(file.close())

    @contextlib.asynccontextmanager
    async def _opened(self, name: str) -> AsyncIterator[AsyncIterator[bytes]]:
        limit = self._settings.first_byte_seconds
        try:
            async with asyncio.timeout(limit):
                file = await self._client.open(name, "rb")
                first = await _read(file, 0)
        except asyncssh.SFTPError as error:
            if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
                raise
            raise RemoteFileRefused(self._address, name, answer(error)) from error
        yield self._blocks(file, first)
        await self._in_time(file.close())

    async def _blocks(self, file: asyncssh.SFTPClientFile, first: bytes) -> AsyncIterator[bytes]:
        """Blocks in order, some asked for ahead; the time limit is for each, so that a slow line is no silence."""
        asked: list[asyncio.Task[bytes]] = []
        offset = len(first)
        block = first
        try:
            while block:
                yield block
                while len(block) == BLOCK and len(asked) < AHEAD:
                    asked.append(asyncio.create_task(_read(file, offset)))
                    offset += BLOCK
                block = await self._in_time(asked.pop(0)) if asked else b""
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _in_time(self, awaitable: Any) -> Any:
        async with asyncio.timeout(self._settings.timeout_seconds):
            return await awaitable

    def _broken(self, name: str, detail: str) -> RemoteFileError:
        return TransferBroken(self._address, name, detail)


class _Recognising(asyncssh.SSHClient):
    """Knows the server by its configured key; one in the ``known_hosts`` file was found before this is asked."""

    def __init__(self, settings: FtpSettings) -> None:
        self._host_key = keys.HostKey.parse(settings.host_key) if settings.host_key else None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether this is the configured key."""
        return self._host_key is not None and self._host_key.is_of(key)


async def _read(file: asyncssh.SFTPClientFile, offset: int) -> bytes:
    return cast("bytes", await file.read(BLOCK, offset))


async def _first_reached(found: list[Any]) -> socket.socket:
    """A connection to the first address that takes one."""
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in found:
        connecting = socket.socket(family, kind, protocol)
        connecting.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connecting, address)
        except OSError as error:
            connecting.close()
            failure = error
        except BaseException:
            connecting.close()
            raise
        else:
            return connecting
    raise failure


def _described(entry: asyncssh.SFTPName) -> RemoteFile | None:
    attributes = entry.attrs
    if attributes.type not in (asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_SYMLINK):
        return None
    if attributes.type == asyncssh.FILEXFER_TYPE_SYMLINK:
        return RemoteFile(str(entry.filename))
    changed = None if attributes.mtime is None else str(attributes.mtime)
    return RemoteFile(str(entry.filename), attributes.size, changed=changed)
