"""Datafordeleren, as services that are used without it: REST, GraphQL and pull messages over the sandbox's companies.

DatafordelerServer(CompanyRegister(World.read(directory)), authority, Certificates(authority, "127.0.0.1"), users=Users(...))
"""

from registerbro_sandbox.datafordeler.access import CLIENT_NAME, Access, Users
from registerbro_sandbox.datafordeler.certificates import ClientCertificate, client_certificate
from registerbro_sandbox.datafordeler.companies import CompanyRegister
from registerbro_sandbox.datafordeler.faults import GROUPS, NOTHING, DatafordelerFaults, DatafordelerWrong
from registerbro_sandbox.datafordeler.server import DatafordelerServer
from registerbro_sandbox.datafordeler.shape import (
    EmailKey,
    Industries,
    Nothing,
    Numbers,
    Protection,
    RestShape,
    Results,
    Unknown,
)

__all__ = [
    "CLIENT_NAME",
    "GROUPS",
    "NOTHING",
    "Access",
    "ClientCertificate",
    "CompanyRegister",
    "DatafordelerFaults",
    "DatafordelerServer",
    "DatafordelerWrong",
    "EmailKey",
    "Industries",
    "Nothing",
    "Numbers",
    "Protection",
    "RestShape",
    "Results",
    "Unknown",
    "Users",
    "client_certificate",
]
