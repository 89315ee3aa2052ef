"""The groups of settings that services share."""

import datetime as dt
import enum
import os
import re
import types
import typing
from typing import Annotated

from cryptography.fernet import Fernet
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

IN_PROCESS = "in-process:"
NONE = "none"
INTERNAL_PORT_OFFSET = 1000
LAST_PORT = 65535
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")


class SecretUrl(SecretStr):
    """A URL that may hold a password, which is masked wherever the value is shown."""

    def _display(self) -> str:
        shown = re.sub(r"(?<=://)([^:/@]*):[^@/]*@", r"\1:***@", self.get_secret_value())
        return re.sub(r"(?i)(password=)[^&]*", r"\1***", shown)


def _split(value: object, told: ValidationInfo) -> object:
    """Names with commas between them, as variables have them; JSON has arrays for that."""
    if isinstance(value, str) and told.mode == "python":
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


_SERVER = re.compile(
    r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(:[0-9]{1,5})?(/[^\s?#]*)?", re.IGNORECASE
)


def _server(value: str) -> str:
    if not _SERVER.fullmatch(value.partition("?")[0]):
        raise ValueError("must be https:// (or http://) and a host, without user and password")
    return value


def _without_query(value: str) -> str:
    if "?" in value:
        raise ValueError(
            "must have no query: keys and passwords have settings of their own, which are masked"
        )
    return value


QueriedUrl = Annotated[str, AfterValidator(_server)]  # shown as it is, so no secret may stand in it
ServerUrl = Annotated[QueriedUrl, AfterValidator(_without_query)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
SecretNames = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]


class Section(BaseModel):
    """A group of settings; names that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _none_by_its_word(cls, told: typing.Any) -> typing.Any:
        """An empty variable counts as not set, so that what is set unless told otherwise is unset by the word ``none``."""
        if not isinstance(told, dict):
            return told
        return {name: None if cls._is_unset(name, value) else value for name, value in told.items()}

    @classmethod
    def _is_unset(cls, name: str, value: typing.Any) -> bool:
        field = cls.model_fields.get(name)
        return (
            isinstance(value, str)
            and value.strip().lower() == NONE
            and field is not None
            and field.default is not None
            and types.NoneType in typing.get_args(field.annotation)
        )


class DatabaseSettings(Section):
    """The contact store."""

    url: SecretUrl = Field(description="postgresql://user:password@host:port/database")
    pool_minimum: int = Field(default=1, ge=0, le=100, description="connections kept open")
    pool_maximum: int = Field(
        default=10,
        ge=8,
        le=100,
        description="connections at most; the parts of a service hold up to 8 at once",
    )


class BusSettings(Section):
    """The message bus."""

    url: SecretUrl = Field(
        description="amqp(s)://user:password@host:port/vhost, or in-process: where all services share one process"
    )

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: SecretUrl) -> SecretUrl:
        if not url.get_secret_value().startswith(("amqp://", "amqps://", IN_PROCESS)):
            raise ValueError(f"must begin with amqp://, amqps:// or {IN_PROCESS}")
        return url


class AuthSettings(Section):
    """Whose bearer tokens are accepted. Exactly one of jwks_url, public_key and development_key says how they are checked."""

    issuer: str = Field(min_length=1, description="the claim iss, to the letter")
    audience: str = Field(
        default="registerbro", min_length=1, description="must be named by the token's claim aud"
    )
    algorithms: Names = Field(
        default=("RS256", "PS256", "ES256"), min_length=1, description="signature algorithms accepted"
    )
    jwks_url: str | None = Field(
        default=None, pattern=r"^https?://", description="where the issuer publishes its keys"
    )
    jwks_refresh_seconds: float = Field(
        default=600, ge=1, description="age at which fetched keys are fetched anew"
    )
    jwks_pause_seconds: float = Field(
        default=10, ge=0, description="least time between two fetches, whatever key tokens name"
    )
    public_key: str | None = Field(
        default=None, description="the issuer's public key, PEM, or the path of a file with it"
    )
    development_key: SecretStr | None = Field(
        default=None,
        description="private key, PEM or path: mints tokens with `registerbro token`; never in production",
    )
    leeway_seconds: int = Field(default=30, ge=0, le=300, description="clock difference tolerated")

    @field_validator("public_key", "development_key")
    @classmethod
    def _readable_key(cls, key: str | SecretStr | None) -> str | SecretStr | None:
        text = key.get_secret_value() if isinstance(key, SecretStr) else key
        if text is not None and "-----BEGIN" not in text and not os.access(text, os.R_OK):
            raise ValueError("neither a key in PEM form nor the path of a readable file")
        return key

    @field_validator("algorithms")
    @classmethod
    def _only_signatures(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        if unusable := [name for name in algorithms if name not in SIGNATURES]:
            raise ValueError(f"{', '.join(unusable)}: not among {', '.join(SIGNATURES)}")
        return algorithms

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> typing.Self:
        if sum(source is not None for source in (self.jwks_url, self.public_key, self.development_key)) != 1:
            raise ValueError("set exactly one of jwks_url, public_key and development_key")
        return self


class HttpSettings(Section):
    """Where a service listens."""

    host: str = Field(default="127.0.0.1", description="address of the API and the health paths")
    port: int | None = Field(
        default=None, ge=0, le=65535, description="default: the service's own; 0: any free one"
    )
    internal_host: str = Field(
        default="127.0.0.1", description="address of /metrics; never routed from outside"
    )
    internal_port: int | None = Field(
        default=None, ge=0, le=65535, description="port of /metrics; default: the API's + 1000"
    )
    notice_seconds: float = Field(
        default=0, ge=0, le=60, description="how long a stopping service still accepts calls, not ready"
    )
    drain_seconds: float = Field(
        default=20, gt=0, le=600, description="time for what is under way when stopping"
    )
    body_limit_bytes: int = Field(
        default=1_048_576, ge=1024, description="larger request bodies are refused with 413"
    )

    @model_validator(mode="after")
    def _room_for_the_internal_port(self) -> typing.Self:
        if (
            self.internal_port is None
            and self.port is not None
            and self.port + INTERNAL_PORT_OFFSET > LAST_PORT
        ):
            raise ValueError(
                f"port: above {LAST_PORT - INTERNAL_PORT_OFFSET} there is no port {INTERNAL_PORT_OFFSET} higher "
                "for /metrics; set internal_port, too, or choose a lower port"
            )
        return self


class LogSettings(Section):
    """Logs go to standard error, one JSON object a line."""

    level: typing.Literal["debug", "info", "warning", "error"] = "info"
    form: typing.Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, else JSON"
    )


class TracingSettings(Section):
    """OpenTelemetry traces."""

    otlp_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="an OTLP/HTTP collector, as http://collector:4318/v1/traces; none: not sent",
    )
    sample_ratio: float = Field(
        default=1.0, ge=0, le=1, description="share of traces kept, where the caller has not decided"
    )


class AuditSettings(Section):
    """The audit log."""

    key: SecretStr = Field(
        min_length=32, description="keys the hash of personal numbers; the same in every service, for ever"
    )
    retention_days: int = Field(
        default=1826, ge=1, le=36_500, description="age at which rows are dropped, by day"
    )
    harvest_persons: int = Field(
        default=300,
        ge=0,
        le=1_000_000,
        description="a caller who asks for more different persons within the time raises an alert; 0: none does",
    )
    harvest_minutes: int = Field(default=60, ge=1, le=1440, description="the time that is looked back over")


class EventSettings(Section):
    """How long events are kept, in days after their own."""

    outbox_days: int = Field(
        default=14, ge=1, le=3650, description="those that were sent, and can be sent again until then"
    )
    inbox_days: int = Field(
        default=90,
        ge=2,
        le=3650,
        description="which events were handled already; longer than outbox_days",
    )
    dead_letter_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="given up ones that somebody replayed or discarded; others stay",
    )

    @model_validator(mode="after")
    def _inbox_longer(self) -> typing.Self:
        if self.inbox_days <= self.outbox_days:
            raise ValueError("inbox_days: must be more than outbox_days")
        return self


class StoredSecretsSettings(Section):
    """Secrets that are stored in the database."""

    keys: SecretNames = Field(
        default=(), description="Fernet keys, newest first: the first encrypts, all decrypt"
    )

    @field_validator("keys")
    @classmethod
    def _usable_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for ordinal, key in enumerate(keys, start=1):
            try:
                Fernet(key.get_secret_value())
            except ValueError:
                raise ValueError(
                    f"key {ordinal} is no Fernet key; make one with `registerbro secrets key`"
                ) from None
        return keys


class JobSettings(Section):
    """Scheduled work."""

    enabled: bool = Field(default=True, description="whether this replica takes part in scheduled work")


class ToldBy(enum.StrEnum):
    """How CPR is told whom we subscribe."""

    ONLINE = "online"  # by cpr-direct, at once
    INPUT_FILE = "input-file"  # by cpr-batch, with the next input file


class SubscriptionSettings(Section):
    """Whom of the persons we have CPR subscribes for us. Times are Danish."""

    told_by: ToldBy = Field(
        default=ToldBy.ONLINE,
        description="online: cpr-direct tells CPR at once; input-file: cpr-batch does daily",
    )
    policy_at: dt.time | None = Field(
        default=dt.time(2, 0), description="when the rule is applied every day; none: only on demand"
    )
    delay_days: int = Field(
        default=7,
        ge=0,
        le=3650,
        description="a person without a case stays subscribed so many days after CPR's last delivery",
    )
    rule: str = Field(
        default="subscription_rule",
        pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$",
        description="the function in the database that says who is to be subscribed",
    )
    brake_share: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="a run that would end a larger share of all subscriptions stops and asks",
    )
    brake_least: int = Field(default=20, ge=1, description="a run that ends fewer than this never stops")

    @field_validator("policy_at")
    @classmethod
    def _danish(cls, time: dt.time | None) -> dt.time | None:
        if time is not None and time.tzinfo is not None:
            raise ValueError("times are Danish: leave the time zone out")
        return time
