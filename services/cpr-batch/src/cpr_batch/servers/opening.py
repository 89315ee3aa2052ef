"""Which kind of server the settings mean."""

from cpr_batch.remote import RemoteServer
from cpr_batch.server_settings import FtpSettings, Protocol
from cpr_batch.servers.ftp import FtpFileServer
from cpr_batch.servers.sftp import SftpFileServer


def file_server(settings: FtpSettings) -> RemoteServer:
    """The server of the settings."""
    if settings.protocol is Protocol.SFTP:
        return SftpFileServer(settings)
    return FtpFileServer(settings)
