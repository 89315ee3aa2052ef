"""What can be configured, read once at start: the environment first, then secret files, ``appsettings.json``, defaults.

Every variable begins with ``REGISTERBRO_``; ``__`` leads into a section: ``REGISTERBRO_DATABASE__URL`` is ``database.url``
and, in ``appsettings.json``, ``{"database": {"url": …}}``. A file in ``/run/secrets`` bears the variable's name in lower case
and holds its value. What all services share stands in the sections below; what one service alone needs stands in a section
named after its package (``REGISTERBRO_CPR_BATCH__…``), so that one environment file serves them all: a service checks its
own section and the shared ones, and leaves the other services' sections to them. Any other name with our prefix is an error.
An empty variable counts as not set.

    SettingsInvalid     one line for each problem; names variables, never their values
"""

import difflib
import json
import os
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    JsonConfigSettingsSource,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

PREFIX = "REGISTERBRO_"
FILE = "REGISTERBRO_APPSETTINGS"  # the path of the settings file, in place of ./appsettings.json
SECRETS = "REGISTERBRO_SECRETS_DIRECTORY"  # in place of /run/secrets
SERVICE_SECTIONS = frozenset(
    {"cpr_direct", "cpr_batch", "cvr_online", "cvr_subscription", "cvr_update", "console", "local", "sandbox"}
)
ELSEWHERE = re.compile(r"REGISTERBRO_(APPSETTINGS|SECRETS_DIRECTORY|TESTDATA|TEST_\w+)", re.IGNORECASE)
EXIT_CODE = 2
IN_PROCESS = "in-process:"
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")

S = TypeVar("S", bound="ProcessSettings")


class SettingsInvalid(Exception):
    """The settings cannot be used; ``problems`` has one line for each reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SecretUrl(SecretStr):
    """A URL that may hold a password, which is masked wherever the value is shown."""

    def _display(self) -> str:
        shown = re.sub(r"(?<=://)([^:/@]*):[^@/]*@", r"\1:***@", self.get_secret_value())
        return re.sub(r"(?i)(password=)[^&]*", r"\1***", shown)


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
SecretNames = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]


class Section(BaseModel):
    """A group of settings; names that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseSettings(Section):
    """The contact store."""

    url: SecretUrl = Field(description="postgresql://user:password@host:port/database")
    pool_minimum: int = Field(default=1, ge=0, le=100, description="connections kept open")
    pool_maximum: int = Field(default=10, ge=2, le=100, description="connections at most")


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
    retention_days: int = Field(default=1826, ge=1, description="age at which rows are dropped, by day")


class StoredSecretsSettings(Section):
    """Secrets that are stored in the database."""

    keys: SecretNames = Field(
        default=(), description="Fernet keys, newest first: the first encrypts, all decrypt"
    )


class JobSettings(Section):
    """Scheduled work."""

    enabled: bool = Field(default=True, description="whether this replica takes part in scheduled work")


class ProcessSettings(BaseSettings):
    """What any process needs, also one that has no store."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        secrets_nested_delimiter="__",
        secrets_dir_missing="ok",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of precedence, highest first."""
        return (
            init_settings,
            EnvSettingsSource(settings_cls),
            NestedSecretsSettingsSource(file_secret_settings, secrets_dir=_secrets_directory()),
            _AppSettingsFile(settings_cls, json_file=_settings_file()),
        )


class StoreSettings(ProcessSettings):
    """What a command needs that works on the contact store alone."""

    database: DatabaseSettings


class Settings(StoreSettings):
    """What every service is told. A service adds one section of its own, named after its package."""

    bus: BusSettings
    auth: AuthSettings
    audit: AuditSettings
    http: HttpSettings = HttpSettings()
    tracing: TracingSettings = TracingSettings()
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    jobs: JobSettings = JobSettings()


class _AppSettingsFile(JsonConfigSettingsSource):
    """``appsettings.json`` without the sections that are other services' business."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        try:
            content = super()._read_file(file_path)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file_path}: not valid JSON ({_place(error)})") from None
        except OSError as error:
            raise SettingsError(f"{file_path}: {error.strerror}") from None
        if not isinstance(content, dict):
            raise SettingsError(f"{file_path}: must hold one JSON object")
        foreign = (SERVICE_SECTIONS | set(Settings.model_fields)) - set(self.settings_cls.model_fields)
        return {name: value for name, value in content.items() if name not in foreign}


def _place(error: ValueError) -> str:
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"


def _settings_file() -> Path:
    return Path(os.environ.get(FILE) or "appsettings.json")


def _secrets_directory() -> Path:
    return Path(os.environ.get(SECRETS) or "/run/secrets")


def load(kind: type[S]) -> S:
    """The settings of one service; ``SettingsInvalid`` names everything that is wrong with them at once."""
    problems = list(_unknown_names(kind))
    if os.environ.get(FILE) and not _settings_file().is_file():
        problems.append(f"{FILE}: there is no such file")
    try:
        settings = kind.model_validate({})
    except ValidationError as error:
        problems.extend(line for problem in error.errors() for line in _describe(problem, kind))
    except SettingsError as error:
        problems.append(str(error))
    else:
        if not problems:
            return settings
    raise SettingsInvalid(tuple(dict.fromkeys(problems)))


def load_or_exit(kind: type[S]) -> S:
    """The settings of one service, or the end of the process with one line for each problem."""
    try:
        return load(kind)
    except SettingsInvalid as error:
        _exit(error.problems)


def _exit(problems: tuple[str, ...]) -> NoReturn:
    for problem in problems:
        sys.stderr.write(f"settings: {problem}\n")
    raise SystemExit(EXIT_CODE)


def effective(settings: BaseModel) -> Iterator[tuple[str, str]]:
    """Every setting as the variable's name and the value in force, secrets masked."""
    for path, value in _leaves(settings, ()):
        yield variable(path), "" if value is None else _shown(value)


def variable(path: tuple[str, ...]) -> str:
    """The name of the environment variable for a setting: ``("database", "url")`` is ``REGISTERBRO_DATABASE__URL``."""
    return PREFIX + "__".join(path).upper()


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _leaves(model: BaseModel, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _describe(problem: Mapping[str, Any], kind: type[ProcessSettings]) -> Iterator[str]:
    path = tuple(str(part) for part in problem["loc"] if not isinstance(part, int))
    if problem["type"] == "missing":
        yield from (f"{variable(leaf)}: is missing" for leaf in _required(kind, path))
    elif problem["type"] == "extra_forbidden":
        yield _unknown(variable(path), kind)
    else:
        yield f"{variable(path)}: {problem['msg'].removeprefix('Value error, ')}"


def _required(kind: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The settings at or below ``path`` that have no default."""
    return (leaf for leaf, field in _fields(kind, ()) if leaf[: len(path)] == path and field.is_required())


def _unknown_names(kind: type[ProcessSettings]) -> Iterator[str]:
    """Names with our prefix, in the environment and among the secret files, that no service reads."""
    directory = _secrets_directory()
    files = sorted(entry.name for entry in directory.iterdir()) if directory.is_dir() else []
    known = _known(kind)
    for name in [*sorted(os.environ), *files]:
        upper = name.upper()
        if not upper.startswith(PREFIX) or ELSEWHERE.fullmatch(name) or _is_foreign(upper, kind):
            continue
        if not any(upper == path or path.startswith(f"{upper}__") for path in known):
            yield _unknown(upper, kind)


def _is_foreign(name: str, kind: type[ProcessSettings]) -> bool:
    section = name.removeprefix(PREFIX).split("__")[0].lower()
    return section in SERVICE_SECTIONS and section not in kind.model_fields


def _unknown(name: str, kind: type[ProcessSettings]) -> str:
    near = difflib.get_close_matches(name, _known(kind), n=1, cutoff=0.6)
    return f"{name}: no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _known(kind: type[BaseModel]) -> list[str]:
    return [variable(path) for model in (Settings, kind) for path, _ in _fields(model, ())]


def _fields(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        sections = [part for part in _parts(field.annotation) if _is_section(part)]
        for section in sections:
            yield from _fields(section, (*path, name))
        if not sections:
            yield (*path, name), field


def _parts(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _is_section(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)
