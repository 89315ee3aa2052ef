"""Makes the secrets of a compose deployment at its first start: one directory for each container that needs some.

What is there already stays. Each directory is a volume that only its own container mounts, at ``/run/secrets``.
"""

import json
import random
import secrets
import string
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path("/secrets")
PASSWORD_LENGTH = 8
# CPR asks for one of each; these are some of its special characters.
PASSWORD_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "_-+=,./:")


def keep(path: str, content: str) -> str:
    """Writes a secret where there is none yet; returns the one in force."""
    file = ROOT / path
    if not file.exists():
        put(path, content)
    return file.read_text()


def put(path: str, content: str) -> None:
    """Writes what follows from secrets in force; it changes when a new version wants more in it."""
    file = ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.read_text() == content:
        return
    part = file.with_suffix(".part")
    part.write_text(content)
    part.chmod(0o444)
    part.rename(file)
    print(f"made {path}", flush=True)  # noqa: T201


def drop(path: str) -> None:
    """Removes a secret that an earlier version made and nobody may use any more."""
    file = ROOT / path
    if file.exists():
        file.unlink()
        print(f"removed {path}", flush=True)  # noqa: T201


def direct_password() -> str:
    """A password that CPR Direkte accepts."""
    kinds = [*PASSWORD_KINDS, *["".join(PASSWORD_KINDS)] * (PASSWORD_LENGTH - len(PASSWORD_KINDS))]
    characters = [secrets.choice(kind) for kind in kinds]
    random.SystemRandom().shuffle(characters)
    return "".join(characters)


def main() -> None:
    postgres = keep("postgres/password", secrets.token_urlsafe(32))
    rabbitmq = keep("issuer/rabbitmq_password", secrets.token_urlsafe(32))
    ftp = keep("sandbox/registerbro_sandbox__ftp__password", secrets.token_urlsafe(16))
    direct = keep("sandbox/registerbro_sandbox__direct__password", direct_password())
    logic = keep("sandbox/registerbro_sandbox__logic__client_secret", secrets.token_urlsafe(32))
    keep("sandbox/registerbro_sandbox__datafordeler__password", secrets.token_urlsafe(16))
    certificate = keep(
        "sandbox/registerbro_sandbox__datafordeler__certificate_password", secrets.token_urlsafe(16)
    )
    keep("services/registerbro_cvr_subscription__oauth2_client_secret", secrets.token_urlsafe(32))
    keep(
        "rabbitmq/registerbro.conf",
        f"default_user = registerbro\ndefault_pass = {rabbitmq}\nloopback_users.guest = true\nlog.console = true\n",
    )
    keep(
        "services/registerbro_database__url", f"postgresql://registerbro:{postgres}@postgres:5432/registerbro"
    )
    keep("services/registerbro_bus__url", f"amqp://registerbro:{rabbitmq}@rabbitmq:5672/")
    keep("services/registerbro_audit__key", secrets.token_urlsafe(48))
    keep("services/registerbro_secrets__keys", Fernet.generate_key().decode())
    drop("services/registerbro_auth__development_key")  # earlier versions signed tokens with it
    put(
        "services/sandbox.json",
        json.dumps({**connections(ftp, direct), "cvr": providers(logic, certificate)}, indent=1),
    )
    keep("services/no-sandbox.json", "{}")


def connections(ftp_password: str, direct_password: str) -> dict[str, object]:
    """What the services are told of the sandbox, as a settings file: it gives way to the environment and to what is stored."""
    authority = "/var/lib/registerbro-ca/ca.pem"
    ftp = {
        "host": "sandbox",
        "port": 2121,
        "user": "registerbro",
        "password": ftp_password,
        "input_directory": "ind",
        "ca_file": authority,
    }
    direct = {
        "host": "sandbox",
        "port": 5000,
        "customer_number": "4630",
        "user_id": "SANDBOX1",
        "password": direct_password,
        "ca_file": authority,
    }
    orders = {"customer_number": "4630", "task_number": "463003"}
    return {"cpr_batch": {"ftp": ftp, "orders": orders}, "cpr_direct": direct}


def providers(logic_secret: str, certificate_password: str) -> dict[str, object]:
    """What the CVR services are told of the sandbox's providers: Datafordeleren for lookups, KMD Logic for updates."""
    datafordeler = {
        "graphql_url": "https://sandbox:8103/cvr/v2",
        "token_url": "https://sandbox:8102/realms/distribution/protocol/openid-connect/token",
        "client_id": "registerbro",
    }
    logic = {
        "url": "http://sandbox:8101/cvr/v1",
        "token_url": "http://sandbox:8101/clientcredentials/token",
        "client_id": "5a9d0b0c-1111-4000-8000-000000000001",
        "client_secret": logic_secret,
        "scope": "https://logic.example/sandbox/.default",
        "subscription_id": "5a9d0b0c-2222-4000-8000-000000000002",
        "configuration_id": "5a9d0b0c-3333-4000-8000-000000000003",
    }
    return {
        "lookups": "datafordeler-graphql",
        "updates": "kmd-logic",
        "ca_file": "/var/lib/registerbro-ca/ca.pem",
        "certificate": {"file": "/var/lib/registerbro-ca/client.p12", "password": certificate_password},
        "datafordeler": datafordeler,
        "logic": logic,
    }


if __name__ == "__main__":
    main()
