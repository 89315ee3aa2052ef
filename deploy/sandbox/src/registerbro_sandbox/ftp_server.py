"""CPR's file server; see ``registerbro_sandbox.ftp``."""

from registerbro_sandbox.ftp import Authority, Break, Command, CprFileServer, Faults, Tls

__all__ = ["Authority", "Break", "Command", "CprFileServer", "Faults", "Tls"]
