"""What the services are told: the sections that they share are built once."""

from pathlib import Path
from typing import Any

from console.settings import AppSettings as ConsoleSettings
from cpr_batch.settings import BatchSettings
from cpr_direct.settings import DirectSettings
from registerbro.auth import DevelopmentIssuer
from registerbro.settings import IN_PROCESS
from registerbro_sandbox.persons.delivery import CUSTOMER_TASK

from registerbro_local.keys import Keys
from registerbro_local.registers import Registers

HOST = "localhost"


def shared(database_url: str, keys: Keys, issuer: DevelopmentIssuer) -> dict[str, Any]:
    """What all of them are told."""
    return {
        "database": {"url": database_url},
        "bus": {"url": IN_PROCESS},
        "auth": issuer.settings().model_dump(),
        "audit": {"key": keys.audit_key},
        "secrets": {"keys": keys.stored_secrets_key},
    }


def console(common: dict[str, Any], port: int, issuer: DevelopmentIssuer) -> ConsoleSettings:
    """What the console is told: it signs with the development key."""
    auth = issuer.settings().model_dump() | {"public_key": None, "development_key": issuer.private_pem}
    return ConsoleSettings.model_validate(
        {**common, "auth": auth, "http": {"port": port}, "console": {"public_url": f"http://{HOST}:{port}"}}
    )


def direct(common: dict[str, Any], port: int, registers: Registers) -> DirectSettings:
    """What CPR Direkte is told."""
    sandbox = registers.direct
    agreement = {
        "host": HOST,
        "port": registers.online.port,
        "ca_file": registers.ftp.authority_file,
        "transaction_code": sandbox.transaction_code,
        "customer_number": sandbox.customer_number,
        "user_id": sandbox.user,
        "password": sandbox.password,
    }
    return DirectSettings.model_validate({**common, "http": {"port": port}, "cpr_direct": agreement})


def batch(common: dict[str, Any], port: int, registers: Registers, interim: Path) -> BatchSettings:
    """What CPR Batch is told; its interim directory is made."""
    interim.mkdir(exist_ok=True)
    sandbox = registers.ftp
    ftp = {
        "host": HOST,
        "port": registers.files.port,
        "user": sandbox.user,
        "password": sandbox.password,
        "input_directory": sandbox.input_directory,
        "ca_file": sandbox.authority_file,
    }
    orders = {"customer_number": CUSTOMER_TASK[:4], "task_number": CUSTOMER_TASK}
    section = {"interim_directory": interim, "ftp": ftp, "orders": orders}
    return BatchSettings.model_validate({**common, "http": {"port": port}, "cpr_batch": section})
