"""The secrets of one local installation: made at its first start, kept in a file that only its owner can read."""

import dataclasses
import json
import os
import secrets
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet
from registerbro.auth import DevelopmentIssuer


@dataclasses.dataclass(frozen=True, slots=True)
class Keys:
    """What the services and the sandbox must agree on."""

    ftp_password: str = dataclasses.field(repr=False)
    audit_key: str = dataclasses.field(repr=False)
    stored_secrets_key: str = dataclasses.field(repr=False)
    development_key: str = dataclasses.field(repr=False)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """The keys of this file, made where there is none."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = cls(
                ftp_password=secrets.token_urlsafe(16),
                audit_key=secrets.token_urlsafe(48),
                stored_secrets_key=Fernet.generate_key().decode(),
                development_key=DevelopmentIssuer.generate().private_pem,
            )
            part = path.with_suffix(".part")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
                json.dump(dataclasses.asdict(made), file)
            part.rename(path)
        return cls(**json.loads(path.read_text()))
