"""CPR's file server, as far as a client can tell: FTP with and without TLS, files under the register's names, renames allowed."""

from registerbro_sandbox.ftp.certificates import Authority, CertificateUnusable, Tls
from registerbro_sandbox.ftp.faults import Break, Faults
from registerbro_sandbox.ftp.ledger import Command
from registerbro_sandbox.ftp.server import CprFileServer

__all__ = ["Authority", "Break", "CertificateUnusable", "Command", "CprFileServer", "Faults", "Tls"]
