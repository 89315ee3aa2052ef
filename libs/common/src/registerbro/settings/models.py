"""What a process is told: the shared sections, and where their values come from, in order of precedence."""

import enum
import json
import os
from pathlib import Path
from typing import Any

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    JsonConfigSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from registerbro.settings.sections import (
    AuditSettings,
    AuthSettings,
    BusSettings,
    DatabaseSettings,
    EventSettings,
    HttpSettings,
    JobSettings,
    LogSettings,
    StoredSecretsSettings,
    SubscriptionSettings,
    TracingSettings,
)
from registerbro.settings.vendor_keys import placed

PREFIX = "REGISTERBRO_"
FILE = "REGISTERBRO_APPSETTINGS"  # the path of the settings file, in place of ./appsettings.json
SECRETS = "REGISTERBRO_SECRETS_DIRECTORY"  # in place of /run/secrets
SERVICE_SECTIONS = frozenset(
    {
        "cpr_direct",
        "cpr_batch",
        "cvr",
        "cvr_online",
        "cvr_subscription",
        "cvr_update",
        "console",
        "local",
        "sandbox",
    }
)


class Origin(enum.StrEnum):
    """Where a value comes from, highest precedence first."""

    ENVIRONMENT = "environment"
    SECRET_FILE = "secret-file"  # noqa: S105 (the name of a source)
    FILE = "file"  # appsettings.json


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
        return (init_settings, *sources(settings_cls).values())


def sources(kind: type[BaseSettings]) -> dict[Origin, PydanticBaseSettingsSource]:
    """What the values are read from, highest precedence first."""
    return {
        Origin.ENVIRONMENT: EnvSettingsSource(kind),
        Origin.SECRET_FILE: NestedSecretsSettingsSource(
            SecretsSettingsSource(kind), secrets_dir=secrets_directory()
        ),
        Origin.FILE: _AppSettingsFile(kind, settings_file()),
    }


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
    events: EventSettings = EventSettings()
    subscriptions: SubscriptionSettings = SubscriptionSettings()


class _AppSettingsFile(JsonConfigSettingsSource):
    """``appsettings.json`` without the sections that are other services' business; a byte order mark is allowed."""

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        self._foreign = (SERVICE_SECTIONS | set(Settings.model_fields)) - set(settings_cls.model_fields)
        super().__init__(settings_cls, json_file=file, json_file_encoding="utf-8-sig")

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        try:
            content = super()._read_file(file_path)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file_path}: not valid JSON ({_place(error)})") from None
        except OSError as error:
            raise SettingsError(f"{file_path}: {error.strerror}") from None
        if not isinstance(content, dict):
            raise SettingsError(f"{file_path}: must hold one JSON object")
        return {name: value for name, value in placed(content).items() if name not in self._foreign}


def _place(error: ValueError) -> str:
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"


def settings_file() -> Path:
    return Path(os.environ.get(FILE) or "appsettings.json")


def secrets_directory() -> Path:
    return Path(os.environ.get(SECRETS) or "/run/secrets")
