"""CPR Direkte, as far as a client can tell: one request a connection over TLS, answered from the world's present state."""

from registerbro_sandbox.direct.accounts import Account, AccountError, Accounts, Key, Rules
from registerbro_sandbox.direct.certificates import Certificates
from registerbro_sandbox.direct.desk import Terms
from registerbro_sandbox.direct.faults import NOTHING, At, BadCertificate, DirectFaults, DirectWrong, Garbage
from registerbro_sandbox.direct.ledger import Counts
from registerbro_sandbox.direct.register import CURRENT
from registerbro_sandbox.direct.server import CprDirectServer

__all__ = [
    "CURRENT",
    "NOTHING",
    "Account",
    "AccountError",
    "Accounts",
    "At",
    "BadCertificate",
    "Certificates",
    "Counts",
    "CprDirectServer",
    "DirectFaults",
    "DirectWrong",
    "Garbage",
    "Key",
    "Rules",
    "Terms",
]
