"""What the services are told: the sections that they share are built once."""

import dataclasses
from collections.abc import Mapping
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
from registerbro_sandbox.datafordeler.services import GRAPH_PATH, TOKEN_PATH
from registerbro_sandbox.persons.delivery import CUSTOMER_TASK

from registerbro_local.keys import Keys
from registerbro_local.ports import Place
from registerbro_local.registers import Registers
from registerbro_local.trial import CVR_CLIENT

HOST = "localhost"


@dataclasses.dataclass(frozen=True)
class Told:
    """The settings of every service."""

    console: ConsoleSettings
    cpr_direct: DirectSettings
    cpr_batch: BatchSettings
    cvr_online: OnlineSettings
    cvr_subscription: SubscriptionServiceSettings
    cvr_update: UpdateServiceSettings


def everybody(
    directory: Path, database_url: str, keys: Keys, registers: Registers, ports: Mapping[Place, int]
) -> Told:
    """All settings; ``ports`` says where the services listen."""
    issuer = DevelopmentIssuer(keys.development_key)
    common = shared(database_url, keys, issuer)
    made = console(common, ports, issuer)
    delivering = {"cvr": providers(registers)}

    def of(place: Place) -> dict[str, Any]:
        return {**common, "http": {"port": ports[place]}}

    return Told(
        console=made,
        cpr_direct=direct(of(Place.CPR_DIRECT), registers),
        cpr_batch=batch(of(Place.CPR_BATCH), registers, directory / "interim"),
        cvr_online=OnlineSettings.model_validate(of(Place.CVR_ONLINE) | delivering),
        cvr_subscription=subscription(
            of(Place.CVR_SUBSCRIPTION) | delivering, f"http://{HOST}:{made.http.port}", keys
        ),
        cvr_update=UpdateServiceSettings.model_validate(of(Place.CVR_UPDATE) | delivering),
    )


def shared(database_url: str, keys: Keys, issuer: DevelopmentIssuer) -> dict[str, Any]:
    """What all of them are told."""
    return {
        "database": {"url": database_url},
        "bus": {"url": IN_PROCESS},
        "auth": issuer.settings().model_dump(),
        "audit": {"key": keys.audit_key},
        "secrets": {"keys": keys.stored_secrets_key},
    }


def console(common: dict[str, Any], ports: Mapping[Place, int], issuer: DevelopmentIssuer) -> ConsoleSettings:
    """What the console is told: it signs with the development key, and calls the services for its pages."""
    port = ports[Place.CONSOLE]
    auth = issuer.settings().model_dump() | {"public_key": None, "development_key": issuer.private_pem}
    section = {
        "public_url": f"http://{HOST}:{port}",
        "services": {
            place.name.lower(): f"http://127.0.0.1:{at}"
            for place, at in ports.items()
            if place is not Place.CONSOLE
        },
    }
    return ConsoleSettings.model_validate(
        {**common, "auth": auth, "http": {"port": port}, "console": section}
    )


def direct(common: dict[str, Any], registers: Registers) -> DirectSettings:
    """What CPR Direkte is told."""
    sandbox = registers.told.direct
    if sandbox is None:
        raise AssertionError("the sandbox was told to serve CPR Direkte")
    agreement = {
        "host": HOST,
        "port": registers.online.port,
        "ca_file": registers.told.ftp.authority_file,
        "transaction_code": sandbox.transaction_code,
        "customer_number": sandbox.customer_number,
        "user_id": sandbox.user,
        "password": sandbox.password,
    }
    return DirectSettings.model_validate({**common, "cpr_direct": agreement})


def batch(common: dict[str, Any], registers: Registers, interim: Path) -> BatchSettings:
    """What CPR Batch is told; its interim directory is made."""
    interim.mkdir(exist_ok=True)
    sandbox = registers.told.ftp
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
    return BatchSettings.model_validate({**common, "cpr_batch": section})


def providers(registers: Registers) -> dict[str, Any]:
    """What the CVR services are told of who delivers CVR's data: Datafordeleren for lookups, KMD Logic for updates."""
    datafordeler, logic = registers.told.datafordeler, registers.told.logic
    if datafordeler is None or logic is None:
        raise AssertionError("the sandbox was told to serve both")
    return {
        "lookups": Provider.DATAFORDELER_GRAPHQL,
        "updates": Provider.KMD_LOGIC,
        "ca_file": registers.told.ftp.authority_file,
        "certificate": {"file": datafordeler.certificate_file, "password": datafordeler.certificate_password},
        "datafordeler": {
            "graphql_url": f"{registers.datafordeler.open_url}{GRAPH_PATH}",
            "token_url": f"{registers.datafordeler.url}{TOKEN_PATH}",
            "client_id": datafordeler.client_id,
        },
        "logic": {
            "url": registers.logic.gateway_url,
            "token_url": registers.logic.token_url,
            "client_id": logic.client_id,
            "client_secret": logic.client_secret,
            "scope": logic.scope,
            "subscription_id": logic.subscription_id,
            "configuration_id": logic.configuration_ids[0],
        },
        "limits": {"calls_per_second": None},
    }


def subscription(common: dict[str, Any], console_url: str, keys: Keys) -> SubscriptionServiceSettings:
    """What CVR Subscription is told; tokens and OData are the console's."""
    section = {
        "oauth2_server_url": console_url,
        "oauth2_client_id": CVR_CLIENT,
        "oauth2_client_secret": keys.cvr_client_secret,
        "odata_server_url": console_url,
    }
    return SubscriptionServiceSettings.model_validate({**common, "cvr_subscription": section})
