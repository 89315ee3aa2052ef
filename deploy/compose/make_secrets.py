"""Makes the secrets of a compose deployment at its first start: one directory for each container that needs some.

What is there already stays. Each directory is a volume that only its own container mounts, at ``/run/secrets``.
"""

import json
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from registerbro.auth import DevelopmentIssuer

ROOT = Path("/secrets")


def keep(path: str, content: str) -> str:
    """Writes a secret where there is none yet; returns the one in force."""
    file = ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        part = file.with_suffix(".part")
        part.write_text(content)
        part.chmod(0o444)
        part.rename(file)
        print(f"made {path}", flush=True)  # noqa: T201
    return file.read_text()


def main() -> None:
    postgres = keep("postgres/password", secrets.token_urlsafe(32))
    rabbitmq = keep("issuer/rabbitmq_password", secrets.token_urlsafe(32))
    ftp = keep("sandbox/registerbro_sandbox__ftp__password", secrets.token_urlsafe(16))
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
    keep("services/registerbro_auth__development_key", DevelopmentIssuer.generate().private_pem)
    keep("services/sandbox.json", json.dumps(connection(ftp), indent=1))
    keep("services/no-sandbox.json", "{}")


def connection(password: str) -> dict[str, object]:
    """What CPR Batch is told of the sandbox, as a settings file: it gives way to the environment and to what is stored."""
    ftp = {
        "host": "sandbox",
        "port": 2121,
        "user": "registerbro",
        "password": password,
        "input_directory": "ind",
        "ca_file": "/var/lib/registerbro-ca/ca.pem",
    }
    return {"cpr_batch": {"ftp": ftp, "orders": {"customer_number": "4630", "task_number": "463003"}}}


if __name__ == "__main__":
    main()
