"""Settings as they are shown and changed; secrets are written only."""

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field
from registerbro.settings import Origin, SecretUrl
from registerbro.sources import CprSource

from cpr_batch.configuration import fields as described
from cpr_batch.configuration.layers import InForce, Told, plain
from cpr_batch.configuration.stored import Stored
from cpr_batch.errors import BatchError, SettingsUnusable
from cpr_batch.views.servers import ConnectionTest


class ValueOrigin(enum.StrEnum):
    """Where a value in force comes from, highest precedence first."""

    STARTER = "starter"  # the program that the service runs in
    ENVIRONMENT = "environment"
    SECRET_FILE = "secret-file"  # noqa: S105 (the name of a source)
    STORED = "stored"
    FILE = "file"
    DEFAULT = "default"


class SettingView(BaseModel):
    """One setting, with what a form needs to know to ask for it."""

    name: str = Field(description="as a change names it")
    group: str = Field(description="what it belongs to: ftp, local, store, schedule, …")
    value: Any = Field(description="in force; always null for a secret")
    is_set: bool = Field(description="whether there is a value other than the default")
    is_secret: bool = Field(description="written only, never shown")
    origin: ValueOrigin
    is_changeable: bool
    why_not: str | None = Field(description="what keeps it from being changed here")
    description: str
    default: Any
    form: dict[str, Any] = Field(description="type and bounds in the words of JSON Schema")
    is_nullable: bool = Field(description="whether null is a value of its own: none")
    is_required: bool = Field(description="whether its section cannot be used without it")

    @classmethod
    def of(
        cls, field: described.Field, told: Told, stored: Stored, values: Mapping[described.Path, Any]
    ) -> Self:
        """From what is told and stored; ``values`` are those in force, without secrets."""
        origin = _origin(field.path, told, stored)
        is_fixed = told.is_fixed(field.path)
        return cls(
            name=field.name,
            group=field.group,
            value=None if field.is_secret else values.get(field.path, field.default),
            is_set=origin is not ValueOrigin.DEFAULT,
            is_secret=field.is_secret,
            origin=origin,
            is_changeable=not is_fixed,
            why_not=f"It is fixed by {told.fixed_by(field.path)}." if is_fixed else None,
            description=field.description,
            default=field.default,
            form=dict(field.form),
            is_nullable=field.is_nullable,
            is_required=field.is_required,
        )


class StoreView(BaseModel):
    """The contact store. It is never changed here: this service could not read its own settings without it."""

    host: str | None
    port: int | None
    database: str
    user: str | None
    password_is_set: bool
    is_changeable: bool = False
    why_not: str = (
        "The store's address is needed before stored settings can be read: set REGISTERBRO_DATABASE__URL."
    )

    @classmethod
    def of(cls, url: SecretUrl) -> Self:
        """From the store's URL, without the password."""
        parts = urlsplit(url.get_secret_value())
        return cls(
            host=parts.hostname,
            port=parts.port,
            database=unquote(parts.path.lstrip("/")),
            user=unquote(parts.username) if parts.username else None,
            password_is_set=parts.password is not None or "password=" in parts.query,
        )


class SourceView(BaseModel):
    """The source that persons are imported as, and what the agreement delivers."""

    name: str = "CPR"
    parameters: str = Field(description="the vendor's parameter string, without secrets")
    record_types: list[str] | None = Field(description="that the agreement delivers; null: all")
    subscribes_on_import: bool
    overrides_changes_by_hand: bool
    guardian_name_type: str

    @classmethod
    def of(cls, source: CprSource) -> Self:
        """From the source."""
        return cls(
            parameters=str(source.parameters.without("Password")),
            record_types=None if source.record_types is None else sorted(source.record_types),
            subscribes_on_import=source.subscription,
            overrides_changes_by_hand=source.force_update,
            guardian_name_type=source.guardian_name_type,
        )


class SettingsView(BaseModel):
    """All settings in force."""

    version: int = Field(description="counts the changes; also the ETag")
    settings: list[SettingView]
    problems: list[str] = Field(
        description="why the settings, or a section of them, cannot be used as they are"
    )
    store: StoreView | None
    source: SourceView

    @classmethod
    def of(
        cls,
        told: Told,
        stored: Stored,
        in_force: InForce | SettingsUnusable,
        store: SecretUrl | None,
        source: CprSource,
    ) -> Self:
        """From what is told and stored, and what that makes or why it makes nothing."""
        values = _values(told, stored, in_force)
        return cls(
            version=stored.version,
            settings=[SettingView.of(field, told, stored, values) for field in described.fields().values()],
            problems=_problems(in_force),
            store=None if store is None else StoreView.of(store),
            source=SourceView.of(source),
        )


class SettingsCheck(BaseModel):
    """What a change would come to."""

    is_valid: bool
    problems: list["SettingProblem"]
    changed: list[str] = Field(description="names of the settings that would change")
    connection: ConnectionTest | None = Field(
        default=None, description="where it was asked for and the change is valid"
    )


class SettingProblem(BaseModel):
    """What is wrong with one setting."""

    name: str
    reason: str
    code: str


class SettingChange(BaseModel):
    """One change of one setting. Of a secret only that it changed is known."""

    change_id: int
    changed_at: dt.datetime
    changed_by: str
    name: str
    is_secret: bool
    was_stored: bool = Field(description="whether a value was stored before")
    is_stored: bool = Field(description="whether a value was stored after")
    old_value: Any = None
    new_value: Any = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        old, new = row["old_value"], row["new_value"]
        shown = {} if row["is_secret"] else {"old_value": old.get("value"), "new_value": new.get("value")}
        named = {name: row[name] for name in ("change_id", "changed_at", "changed_by", "name", "is_secret")}
        return cls(**named, was_stored=bool(old), is_stored=bool(new), **shown)


def _origin(path: described.Path, told: Told, stored: Stored) -> ValueOrigin:
    if told.is_fixed(path):
        origin = told.origins.get(path)
        return ValueOrigin(origin) if origin is not None else ValueOrigin.STARTER
    if path in stored.places:
        return ValueOrigin.STORED
    return ValueOrigin(Origin.FILE) if path in told.values else ValueOrigin.DEFAULT


def _values(told: Told, stored: Stored, in_force: InForce | SettingsUnusable) -> Mapping[described.Path, Any]:
    """In force; where nothing is, what is given."""
    secret = {field.path for field in described.fields().values() if field.is_secret}
    fixed = {path: value for path, value in told.values.items() if told.is_fixed(path)}
    given = {**told.values, **stored.values, **fixed}
    usable = {} if isinstance(in_force, SettingsUnusable) else plain(in_force.settings)
    return {path: value for path, value in {**given, **usable}.items() if path not in secret}


def _problems(in_force: InForce | SettingsUnusable) -> list[str]:
    if isinstance(in_force, SettingsUnusable):
        return [str(problem) for problem in in_force.problems]
    obstacles: list[BatchError] = list(in_force.obstacles.values())
    return [str(obstacle) for obstacle in obstacles]
