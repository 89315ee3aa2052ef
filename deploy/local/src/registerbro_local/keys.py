"""The secrets of one local installation: made at its first start, kept in a file that only its owner can read."""

import dataclasses
import json
import random
import secrets
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet
from registerbro.auth import DevelopmentIssuer

from registerbro_local import private_files

PASSWORD_LENGTH = 8
# CPR asks for one of each; of its special characters these need no quotes in a shell.
PASSWORD_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "_-+=,./:")


def direct_password() -> str:
    """A password that CPR Direkte accepts."""
    kinds = [*PASSWORD_KINDS, *["".join(PASSWORD_KINDS)] * (PASSWORD_LENGTH - len(PASSWORD_KINDS))]
    characters = [secrets.choice(kind) for kind in kinds]
    random.SystemRandom().shuffle(characters)
    return "".join(characters)


MAKERS: Mapping[str, Callable[[], str]] = {
    "ftp_password": lambda: secrets.token_urlsafe(16),
    "direct_password": direct_password,
    "administrator_password": lambda: "-".join(secrets.token_hex(2) for _ in range(4)),
    "client_secret": lambda: secrets.token_urlsafe(32),
    "cvr_client_secret": lambda: secrets.token_urlsafe(32),
    "logic_secret": lambda: secrets.token_urlsafe(32),
    "datafordeler_password": lambda: secrets.token_urlsafe(16),
    "certificate_password": lambda: secrets.token_urlsafe(16),
    "audit_key": lambda: secrets.token_urlsafe(48),
    "stored_secrets_key": lambda: Fernet.generate_key().decode(),
    "development_key": lambda: DevelopmentIssuer.generate().private_pem,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Keys:
    """What the services and the sandbox must agree on."""

    ftp_password: str = dataclasses.field(repr=False)
    direct_password: str = dataclasses.field(repr=False)
    administrator_password: str = dataclasses.field(repr=False)
    client_secret: str = dataclasses.field(repr=False)
    cvr_client_secret: str = dataclasses.field(repr=False)
    logic_secret: str = dataclasses.field(repr=False)
    datafordeler_password: str = dataclasses.field(repr=False)
    certificate_password: str = dataclasses.field(repr=False)
    audit_key: str = dataclasses.field(repr=False)
    stored_secrets_key: str = dataclasses.field(repr=False)
    development_key: str = dataclasses.field(repr=False)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """The keys of this file; those that it lacks, as an earlier version's does, are made and added."""
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if missing := MAKERS.keys() - kept.keys():
            kept |= {name: MAKERS[name]() for name in missing}
            private_files.write(path, json.dumps(kept))
        return cls(**{name: kept[name] for name in MAKERS})
