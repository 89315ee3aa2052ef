"""What can be configured for CPR Batch: section ``cpr_batch``, variables ``REGISTERBRO_CPR_BATCH__…``."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, get_args

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from registerbro.cpr.orders import DELETE
from registerbro.settings import (
    AuditSettings,
    Section,
    Settings,
    StoredSecretsSettings,
    StoreSettings,
    SubscriptionSettings,
)

from cpr_batch.remote import carries
from cpr_batch.server_settings import FtpSettings as FtpSettings  # noqa: PLC0414 (a settings section like those below)

PORT = 8002


class BrakeSettings(Section):
    """When a file stops and asks before anything of it is written."""

    share: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="most that may be ended or blanked, of the file's persons that we hold and may update; 1: no brake",
    )
    least: int = Field(
        default=20, ge=1, description="a file that ends or blanks fewer persons than this is never stopped"
    )


class OrderSettings(Section):
    """Input files: what we order of CPR. Times are Danish."""

    customer_number: str = Field(pattern=r"^\d{4}$", description="four digits, as the agreement has it")
    task_number: str = Field(
        pattern=r"^\d{6}$", description="of the task that the orders belong to; also in the file's name"
    )
    status_task_number: str | None = Field(
        default=None,
        pattern=r"^\d{6}$",
        description="of the task that delivers status extracts; none: the same task, and no order for one is confirmed",
    )
    deadline: dt.time = Field(
        default=dt.time(11, 45),
        description="a file for the same day is uploaded before; CPR's own deadline is 12:00 or later",
    )
    upload_at: dt.time | None = Field(
        default=None, description="time of the daily upload, before the deadline; none: only on demand"
    )
    deletion_code: str = Field(
        default=DELETE,
        pattern="^[A-Z]{2}$",
        description="what ends a subscription in a line with key 06; not documented by CPR, SL is assumed",
    )
    from_wishes: bool = Field(
        default=False,
        description="order by itself where a contact's wish differs from its subscription; always so where subscriptions are told_by input-file",
    )
    overdue_days: int = Field(default=10, ge=1, le=365, description="days after which an answer is overdue")

    @field_validator("deadline", "upload_at")
    @classmethod
    def _danish(cls, time: dt.time | None) -> dt.time | None:
        if time is not None and time.tzinfo is not None:
            raise ValueError("times are Danish: leave the time zone out")
        return time

    @model_validator(mode="after")
    def _uploads_before_the_deadline(self) -> Self:
        if self.upload_at is not None and self.upload_at >= self.deadline:
            raise ValueError("upload_at must be before the deadline")
        return self


class HousekeepingSettings(Section):
    """Logs, and what is deleted by age."""

    log_file: Path | None = Field(
        default=Path("cprbatch.log"),
        description="log of important actions for people; relative: in the interim directory; none: not written",
    )
    journal_days: int = Field(
        default=1826, ge=1, le=36_500, description="age at which entries of the log in the store are deleted"
    )
    purge_after_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="days since its import after which a file is deleted from the interim directory; none: never",
    )

    @field_validator("log_file", mode="before")
    @classmethod
    def _none_by_name(cls, given: object) -> object:
        return None if given == "none" else given

    @field_validator("log_file")
    @classmethod
    def _names_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and path.name in ("", ".."):
            raise ValueError("must name a file")
        return path


class RunSettings(Section):
    """Imports spread over replicas, and how replicas look after each other."""

    imports_at_once: int = Field(
        default=1, ge=1, le=16, description="files that one replica imports at a time"
    )
    patience_seconds: float = Field(
        default=60, ge=3, le=3600, description="silence after which a run's process is taken to be gone"
    )
    look_seconds: float = Field(
        default=60,
        ge=0.1,
        le=3600,
        description="how often a replica looks for files that wait and runs that died",
    )
    watchers: int = Field(default=50, ge=1, le=1000, description="progress streams at once, for each replica")


class ShowSettings(Section):
    """Who may see names and numbers in files by `cpr-batch show`."""

    allow_unmasked: bool = Field(
        default=False,
        description="numbers, names and addresses may be shown, with a purpose, which is recorded",
    )
    allow_protected: bool = Field(
        default=False, description="also of persons with protected name and address"
    )


class CprBatchSettings(Section):
    """Where files come from, where they wait, and how they are imported."""

    ftp: FtpSettings | None = Field(default=None, description="none: files are only put in place by hand")
    interim_directory: Path = Field(description="where files wait for their import and stay after it")
    pattern: str = Field(
        default="d??????.l??????",
        min_length=1,
        description="names of CPR's files; ? and *; upper or lower case",
    )
    rename_prefix: str = Field(
        default="x",
        description="put before the name of a fetched file on the server, of an imported one here",
    )
    daily_at: dt.time | None = Field(
        default=None,
        description="Danish time at which all files are fetched and imported every day; none: never",
    )
    brake: BrakeSettings = Field(
        default=BrakeSettings(), description="when a file stops and asks before it is imported"
    )
    orders: OrderSettings | None = Field(default=None, description="none: nothing is ordered of CPR")
    housekeeping: HousekeepingSettings = Field(
        default=HousekeepingSettings(), description="logs, and what is deleted by age"
    )
    runs: RunSettings = Field(default=RunSettings(), description="imports over replicas, and their watch")
    show: ShowSettings = Field(default=ShowSettings(), description="what `cpr-batch show` may show")
    chunk_persons: int = Field(default=2000, ge=10, le=20_000, description="persons in one transaction")

    _incomplete: dict[str, dict[str, Any]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _completed_later(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """A section that lacks something is set aside: a host from here and a password that is stored make one server."""
        try:
            return handler(given)
        except ValidationError as error:
            sections = _lacking(cls, error)
            if not isinstance(given, dict) or not sections:
                raise
            made = handler({name: value for name, value in given.items() if name not in sections})
            made._incomplete.update({name: _secrets_hidden(cls, name, given[name]) for name in sections})  # noqa: SLF001 (an instance of this class)
            return made

    @property
    def incomplete(self) -> Mapping[str, Mapping[str, Any]]:
        """What is given of sections that cannot be used yet, because something in them is missing."""
        return self._incomplete

    @field_validator("rename_prefix")
    @classmethod
    def _usable_prefix(cls, prefix: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_#@$!=+~-]{1,20}", prefix):
            raise ValueError("1 to 20 characters: letters, digits or one of _#@$!=+~-")
        return prefix

    @model_validator(mode="after")
    def _prefix_tells_files_apart(self) -> Self:
        head = re.split(r"[?*\[]", self.pattern)[0]
        if head and carries(head, self.rename_prefix):
            raise ValueError("rename_prefix must not be how the names of waiting files begin")
        return self

    @model_validator(mode="after")
    def _prefix_fits_mainframe(self) -> Self:
        """A data set's name is made of qualifiers of 8 characters at most, none of which begins with a digit."""
        if self.ftp is not None and self.ftp.mvs:
            if not re.fullmatch(r"[A-Za-z#@$][A-Za-z0-9#@$-]*", self.rename_prefix):
                raise ValueError(
                    "on a mainframe rename_prefix may hold letters, digits and #@$- only, and begin with no digit"
                )
            first = re.split(r"\.", self.pattern)[0].replace("*", "")
            if len(self.rename_prefix) + len(first) > 8:
                raise ValueError(
                    "on a mainframe rename_prefix and a name's first part have 8 characters together at most"
                )
        return self


def _lacking(model: type[Section], error: ValidationError) -> set[str]:
    """The optional sections in which something is missing and nothing else is wrong."""
    wrong: dict[str, set[str]] = {}
    for problem in error.errors():
        wrong.setdefault(str(problem["loc"][0]) if problem["loc"] else "", set()).add(problem["type"])
    optional = {name for name, field in model.model_fields.items() if not field.is_required()}
    return {name for name, kinds in wrong.items() if kinds == {"missing"} and name in optional}


def _secrets_hidden(model: type[Section], section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with secrets as such, which validation would have made of them."""
    [kind] = [part for part in _parts(model.model_fields[section]) if issubclass(part, Section)]
    secret = {name for name, field in kind.model_fields.items() if SecretStr in _parts(field)}
    return {
        name: SecretStr(value) if name in secret and isinstance(value, str) else value
        for name, value in given.items()
    }


def _parts(field: FieldInfo) -> tuple[type, ...]:
    annotation = field.annotation
    return tuple(part for part in (annotation, *get_args(annotation)) if isinstance(part, type))


class BatchSettings(Settings):
    """What the service is told."""

    cpr_batch: CprBatchSettings


class CommandSettings(StoreSettings):
    """What the command line needs: the store, its secrets, how CPR is told, and the section of CPR Batch.

    Where persons were erased, imports need the audit log's key, too.
    """

    audit: AuditSettings | None = None
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    subscriptions: SubscriptionSettings = SubscriptionSettings()
    cpr_batch: CprBatchSettings
