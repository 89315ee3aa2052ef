"""The configuration as the API answers it and the commands print it. Times are UTC, times of day Danish."""

import dataclasses
import datetime as dt
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field
from registerbro.configuration.features import Switch
from registerbro.configuration.history import Change
from registerbro.configuration.schedules import Schedule
from registerbro.configuration.settings import Setting, Shown
from registerbro.configuration.sources import Reading, SourceName, SourceShown
from registerbro.contact_types import Validation
from registerbro.features import Feature


def _time_of_day(time: object) -> object:
    """JSON Schema's times have an offset (RFC 3339), Danish times of day have none."""
    return time.isoformat("minutes") if isinstance(time, dt.time) else time


TimeOfDay: TypeAlias = Annotated[
    str, BeforeValidator(_time_of_day), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["02:30"])
]


class FeatureOut(BaseModel):
    """A module's switch."""

    feature: Feature
    enabled: bool
    rests_for: Feature | None = Field(
        description="the module that is off, because of which this one rests although it is on"
    )
    changed_at: dt.datetime
    changed_by: str

    @classmethod
    def of(cls, switch: Switch) -> Self:
        """From the store."""
        return cls.model_validate(switch, from_attributes=True)


class FeaturesOut(BaseModel):
    """All modules."""

    items: list[FeatureOut]


class ContactTypeOut(BaseModel):
    """A contact type."""

    name_type: str = Field(description="its code, as J", examples=["J"])
    title: str
    text: str = Field(description="what it is for")
    auto_id: bool = Field(description="its contacts get their numbers by themselves, counted up")
    length: int | None = Field(description="of a number; of a free text at most")
    validation: Validation | None
    is_preset: bool = Field(description="the registers need it: it cannot be removed")
    changed_at: dt.datetime
    changed_by: str


class ContactTypesOut(BaseModel):
    """All contact types by their codes."""

    items: list[ContactTypeOut]


class CprFieldsOut(BaseModel):
    """What we use of the parameters of CPR."""

    force_update: bool = Field(description="ForceUpdate: the register overrides addresses changed by hand")
    subscription: bool = Field(description="Subscription: an import subscribes the person")
    guardian_name_type: str = Field(
        description="guardianNameType: contact type of guardians without a number"
    )


class CvrFieldsOut(BaseModel):
    """What we use of the parameters of CVR-J, but the password."""

    level: int = Field(
        description="Level: access level of the agreement, 1 to 3; 3 where the string has none, or 0"
    )
    user_id: str = Field(description="UserID: the service user")
    certificate: str = Field(description="Certificate: subject in a certificate store")
    certificate_file: str = Field(description="Certificatefilename: a .p12 file")
    company_name_type: str = Field(description="Jtype: contact type of companies")
    unit_name_type: str = Field(description="Ptype: contact type of production units")
    force_update: bool = Field(description="ForceUpdate: the register overrides fields changed by hand")


class _SourceOut(BaseModel):
    version: int = Field(description="for If-Match")
    parameters: str = Field(description="the vendor's parameter string, without a password")
    others: dict[str, str] = Field(description="keys of the string that are kept and not used")
    changed_at: dt.datetime
    changed_by: str


class CprSourceOut(_SourceOut):
    """The external source CPR."""

    source: Literal[SourceName.CPR]
    fields: CprFieldsOut
    record_types: list[str] | None = Field(
        description="record types that the agreement delivers, as 003; null: all"
    )


class CvrSourceOut(_SourceOut):
    """The external source CVR-J."""

    source: Literal[SourceName.CVR]
    fields: CvrFieldsOut
    has_password: bool = Field(description="whether one is stored; it is never shown")


SourceOut: TypeAlias = Annotated[CprSourceOut | CvrSourceOut, Field(discriminator="source")]


class SourcesOut(BaseModel):
    """All external sources."""

    items: list[SourceOut]


def source_out(shown: SourceShown) -> CprSourceOut | CvrSourceOut:
    """A source from the store."""
    values: dict[str, Any] = {
        "source": shown.name,
        "version": shown.version,
        "parameters": str(shown.source),
        "others": shown.others,
        "fields": shown.fields,
        "changed_at": shown.changed_at,
        "changed_by": shown.changed_by,
    }
    if shown.name is SourceName.CPR:
        return CprSourceOut.model_validate(values | {"record_types": shown.record_types})
    return CvrSourceOut.model_validate(values | {"has_password": shown.has_password})


class ReadingOut(BaseModel):
    """What a parameter string says."""

    source: SourceName
    parameters: str = Field(description="the string, without a password")
    others: dict[str, str] = Field(description="keys of the string that are kept and not used")
    fields: CprFieldsOut | CvrFieldsOut
    brings_password: bool = Field(description="whether the string has one; it is not repeated")

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """From what was read."""
        kind = CprFieldsOut if reading.name is SourceName.CPR else CvrFieldsOut
        return cls(
            source=reading.name,
            parameters=str(reading.source),
            others=dict(reading.others),
            fields=kind.model_validate(reading.fields),
            brings_password=reading.brings_password,
        )


class JobRunOut(BaseModel):
    """What became of a job on one Danish date."""

    danish_date: dt.date
    attempts: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: str | None = Field(description="done or failed; null: under way, or its process is gone")


class ScheduleOut(BaseModel):
    """A daily job and its time, or a recurring one and its interval."""

    job: str
    services: list[str] = Field(description="that have it; it runs once for all of them")
    at: TimeOfDay | None = Field(description="Danish time in force; null: off, or it recurs")
    default_at: TimeOfDay | None = Field(description="the service's own; null: it is one of other settings")
    is_recurring: bool = Field(description="it has an interval in place of a time of day")
    every_seconds: float | None = Field(description="the interval in force; null: off, or it is daily")
    default_every_seconds: float | None = Field(description="the service's own")
    is_set: bool = Field(description="whether an operator set the time in place of the default")
    changed_at: dt.datetime | None
    changed_by: str | None
    fixed_by: str | None = Field(
        description="what sets it in a service's environment; it cannot be changed then"
    )
    changed_in: str | None = Field(description="where it is changed, if not here")
    is_needed: bool = Field(description="it can be moved, not switched off")
    rests: list[str] = Field(description="the modules that are off, because of which it rests")
    next_at: dt.datetime | None
    runs: list[JobRunOut] = Field(description="the latest, newest first")

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        """From the store."""
        told = {each.name: getattr(schedule, each.name) for each in dataclasses.fields(schedule)}
        told |= {f"{name}_seconds": _seconds(told.pop(name)) for name in ("every", "default_every")}
        return cls.model_validate(told, from_attributes=True)


def _seconds(interval: dt.timedelta | None) -> float | None:
    return None if interval is None else interval.total_seconds()


class SchedulesOut(BaseModel):
    """The daily and recurring jobs of all services."""

    items: list[ScheduleOut]


class FixedByOut(BaseModel):
    """A service whose environment fixes a setting."""

    service: str
    fixed_by: str
    value: Any


class SettingOut(BaseModel):
    """One setting."""

    name: str
    value: Any = Field(description="in force")
    default: Any
    is_stored: bool = Field(description="whether an operator set it")
    fixed: list[FixedByOut] = Field(
        description="services whose environment fixes it; it cannot be changed then"
    )
    description: str
    least: float | None = Field(description="of a number; null: no bound, or no number")
    most: float | None = Field(description="likewise")
    choices: list[str] | None = Field(description="the only values there are; null: no choice of some")
    changed_at: dt.datetime | None
    changed_by: str | None

    @classmethod
    def of(cls, setting: Setting) -> Self:
        """From the store."""
        return cls(
            name=setting.path,
            value=setting.value,
            default=setting.default,
            is_stored=bool(setting.stored),
            fixed=[FixedByOut.model_validate(each, from_attributes=True) for each in setting.fixed],
            description=setting.description,
            least=setting.allowed.least,
            most=setting.allowed.most,
            choices=None if setting.allowed.choices is None else list(setting.allowed.choices),
            changed_at=setting.changed_at,
            changed_by=setting.changed_by,
        )


class SettingsOut(BaseModel):
    """Settings that are changed together."""

    version: int = Field(description="for If-Match")
    settings: list[SettingOut]
    elsewhere: list[str] = Field(description="what belongs to it and is changed elsewhere")

    @classmethod
    def of(cls, shown: Shown, elsewhere: tuple[str, ...]) -> Self:
        """From the store."""
        settings = [SettingOut.of(each) for each in shown.settings]
        return cls(version=shown.version, settings=settings, elsewhere=list(elsewhere))


class ConfigurationChangeOut(BaseModel):
    """Who changed what of the configuration."""

    change_id: int
    at: dt.datetime
    topic: str
    name: str
    action: str
    client: str = Field(description="who did it: a client application, or the command line")
    acting_user: str | None
    changes: dict[str, Any] = Field(description="by field: before and after; never a secret")

    @classmethod
    def of(cls, change: Change) -> Self:
        """From the store."""
        return cls.model_validate(change, from_attributes=True)
