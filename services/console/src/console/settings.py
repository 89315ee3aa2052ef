"""What can be configured for the console: section ``console``, variables ``REGISTERBRO_CONSOLE__…``."""

import datetime as dt
import enum
from typing import Self

from pydantic import Field, field_validator, model_validator
from registerbro.settings import (
    AuthSettings,
    Section,
    Settings,
    StoredSecretsSettings,
    StoreSettings,
    variable,
)

from console.odata.settings import OdataSettings
from console.people.settings import LoginSettings, PasswordSettings, SessionSettings
from console.web.addresses import ServiceAddresses

PORT = 8000
JWKS_PATH = "/oauth2/jwks"
LONGEST_TOKEN = dt.timedelta(days=1)


class Signing(enum.StrEnum):
    """Whose keys sign the tokens that the services accept."""

    OURS = "ours"  # kept in the store, changed by themselves
    DEVELOPMENT = "development"  # the one key of auth.development_key
    FOREIGN = "foreign"  # another issuer's: we issue no tokens


class TokenSettings(Section):
    """How tokens are issued."""

    life_seconds: int = Field(
        default=3600,
        ge=60,
        le=round(LONGEST_TOKEN.total_seconds()),
        description="how long a token lasts",
    )
    wrong_secrets: int = Field(
        default=10,
        ge=3,
        le=1000,
        description="that a client may send in the time below; then it is not listened to for the rest of it",
    )
    wrong_secrets_seconds: int = Field(
        default=60, ge=1, le=3600, description="the time in which wrong secrets are counted"
    )
    key_days: int | None = Field(
        default=90,
        ge=1,
        le=3650,
        description="age at which a new key takes over; none: only on demand",
    )
    key_notice_seconds: int = Field(
        default=3600,
        ge=0,
        le=604_800,
        description="how long a new key is published before it signs; longer than services keep fetched keys",
    )
    rotate_at: dt.time = Field(
        default=dt.time(3, 10), description="time of day at which the key's age is looked at; Danish"
    )

    @field_validator("rotate_at")
    @classmethod
    def _danish(cls, time: dt.time) -> dt.time:
        if time.tzinfo is not None:
            raise ValueError("times are Danish: leave the time zone out")
        return time


class ConsoleSettings(Section):
    """What the console is told of its own."""

    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="where client applications reach the console; none: at auth.issuer",
    )
    issues_tokens: bool | None = Field(
        default=None,
        description="whether clients get their tokens here; none: unless auth names another issuer's keys",
    )
    tokens: TokenSettings = Field(default=TokenSettings(), description="how tokens are issued")
    odata: OdataSettings = Field(default=OdataSettings(), description="how queries over OData are answered")
    login: LoginSettings | None = Field(
        default=None, description="the external issuer where people log in; none: as local users"
    )
    passwords: PasswordSettings = Field(default=PasswordSettings(), description="wrong passwords")
    sessions: SessionSettings = Field(default=SessionSettings(), description="how long people stay logged in")
    services: ServiceAddresses = Field(
        default=ServiceAddresses(), description="where the pages reach the services' APIs"
    )
    figures_days: int = Field(
        default=14, ge=1, le=366, description="how long the figures of the overview are kept"
    )


def url_of(console: ConsoleSettings, auth: AuthSettings) -> str:
    """Where client applications reach the console, without a slash at the end."""
    return (console.public_url or auth.issuer).rstrip("/")


def signing(console: ConsoleSettings, auth: AuthSettings) -> Signing:
    """Whose keys sign, as the settings have it."""
    if console.issues_tokens is False or auth.public_key is not None:
        return Signing.FOREIGN
    if auth.development_key is not None:
        return Signing.DEVELOPMENT
    own = {f"{url.rstrip('/')}{JWKS_PATH}" for url in (url_of(console, auth), auth.issuer)}
    return Signing.OURS if console.issues_tokens or auth.jwks_url in own else Signing.FOREIGN


_ISSUES, _PUBLIC_URL = (variable(("console", name)) for name in ("issues_tokens", "public_url"))
_JWKS_URL, _PUBLIC_KEY = (variable(("auth", name)) for name in ("jwks_url", "public_key"))
_SECRET_KEYS = variable(("secrets", "keys"))


def _check(console: ConsoleSettings, auth: AuthSettings, secrets: StoredSecretsSettings) -> None:
    if console.issues_tokens and auth.public_key is not None:
        raise ValueError(
            f"{_ISSUES}: tokens are checked with {_PUBLIC_KEY}, whose private half the console does not have;"
            f" set {_JWKS_URL} to the console's {JWKS_PATH}"
        )
    if console.login is not None and not url_of(console, auth).startswith(("http://", "https://")):
        raise ValueError(f"{_PUBLIC_URL}: is needed, because people come back there from their log-in")
    if console.login is not None and signing(console, auth) is Signing.FOREIGN and not secrets.keys:
        raise ValueError(f"{_SECRET_KEYS}: is needed to keep the tokens that the issuer gives for people")
    if signing(console, auth) is not Signing.OURS:
        return
    if not url_of(console, auth).startswith(("http://", "https://")):
        raise ValueError(f"{_PUBLIC_URL}: is needed, because the issuer's name is no URL")
    if not secrets.keys:
        raise ValueError(f"{_SECRET_KEYS}: is needed to keep the keys that sign tokens")


class AppSettings(Settings):
    """What the service is told."""

    console: ConsoleSettings = ConsoleSettings()

    @model_validator(mode="after")
    def _usable(self) -> Self:
        _check(self.console, self.auth, self.secrets)
        return self


class CommandSettings(StoreSettings):
    """What the command line needs: the store, its secrets, and how tokens are issued."""

    auth: AuthSettings
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    console: ConsoleSettings = ConsoleSettings()

    @model_validator(mode="after")
    def _usable(self) -> Self:
        _check(self.console, self.auth, self.secrets)
        return self
