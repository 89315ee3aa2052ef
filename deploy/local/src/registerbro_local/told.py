"""What the services are told: the sections that they share are built once."""

from pathlib import Path
from typing import Any

from console.settings import AppSettings as ConsoleSettings
from cpr_batch.settings import BatchSettings
from cpr_direct.settings import DirectSettings
from cvr_online.settings import OnlineSettings
from cvr_subscription.settings import SubscriptionServiceSettings
from cvr_update.settings import UpdateServiceSettings
from registerbro.auth import DevelopmentIssuer
from registerbro.registers.port import Provider
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


def providers(registers: Registers) -> dict[str, Any]:
    """What the CVR services are told of who delivers CVR's data: Datafordeleren for lookups, KMD Logic for updates."""
    datafordeler, logic = registers.settings.datafordeler, registers.settings.logic
    return {
        "lookups": Provider.DATAFORDELER_GRAPHQL,
        "updates": Provider.KMD_LOGIC,
        "ca_file": registers.ftp.authority_file,
        "limits": {"calls_per_second": None},
        "datafordeler": {
            "graphql_url": f"{registers.datafordeler.open_url}/CVR/v2",
            "api_key": datafordeler.api_key,
        },
        "logic": {
            "url": f"{registers.logic.url}/cvr/v1",
            "token_url": f"{registers.logic.url}/clientcredentials/token",
            "client_id": logic.client_id,
            "client_secret": logic.client_secret,
            "scope": logic.scope,
            "subscription_id": logic.subscription_id,
            "configuration_id": logic.configuration_ids[0],
        },
    }


def online(common: dict[str, Any], port: int, registers: Registers) -> OnlineSettings:
    """What CVR Online is told."""
    return OnlineSettings.model_validate({**common, "http": {"port": port}, "cvr": providers(registers)})


def subscription(
    common: dict[str, Any], port: int, registers: Registers, console: str, keys: Keys
) -> SubscriptionServiceSettings:
    """What CVR Subscription is told; ``console`` is where tokens and OData are."""
    section = {
        "oauth2_server_url": console,
        "oauth2_client_id": trial.CVR_CLIENT,
        "oauth2_client_secret": keys.cvr_client_secret,
        "odata_server_url": console,
    }
    return SubscriptionServiceSettings.model_validate(
        {**common, "http": {"port": port}, "cvr": providers(registers), "cvr_subscription": section}
    )


def update(common: dict[str, Any], port: int, registers: Registers) -> UpdateServiceSettings:
    """What CVR Update is told."""
    return UpdateServiceSettings.model_validate(
        {**common, "http": {"port": port}, "cvr": providers(registers)}
    )
