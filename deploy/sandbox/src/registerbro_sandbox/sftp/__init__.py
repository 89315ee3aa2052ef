"""The same files by SFTP, as the service platform hands them on: a host key to check, companions beside the files."""

from registerbro_sandbox.sftp.host_key import host_key
from registerbro_sandbox.sftp.server import CprSftpServer

__all__ = ["CprSftpServer", "host_key"]
