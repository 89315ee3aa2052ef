"""What stands against a change of the configuration. Each says what and why; ``ParametersRefused`` stands in ``sources``.

Problem
├── InvalidRequest
│   └── SettingsRefused(errors)     a line for each setting that is wrong
├── NotFound
│   ├── ContactTypeUnknown
│   └── JobUnknown
└── Conflict
    ├── SettingFixed(fixed)             the environment of a service sets it
    ├── ContactTypeExists
    ├── ContactTypeInUse(contacts, sources)
    ├── ContactTypePreset(fields)       the registers need it as it is
    ├── ContactTypeNarrowed(contacts)   so many contacts have numbers that would be wrong then
    ├── ScheduleFixed(fixed_by)         the environment of a service sets it
    ├── ScheduleChangedElsewhere(changed_in)
    ├── ScheduleNeeded                  it may be moved, not switched off
    └── ScheduleUnfit                   a time of day for work that recurs, or an interval for a daily job
"""

from collections.abc import Mapping, Sequence
from typing import Any

from registerbro.problems import Conflict, InvalidRequest, NotFound


class SettingsRefused(InvalidRequest):
    """Settings that cannot be used; ``errors`` has each with its reason."""

    slug, title = "settings-refused", "The settings cannot be used"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        texts = [f"{each['pointer'].rsplit('/', 1)[-1]}: {each['detail']}" for each in errors]
        super().__init__("; ".join(texts), errors=list(errors))


class SettingFixed(Conflict):
    """A setting that the environment of a service sets, so that a stored value would not count."""

    slug, title = "setting-fixed", "The setting is fixed by the environment"

    def __init__(self, fixed: Sequence[Mapping[str, Any]]) -> None:
        texts = [f"{each['name']} is fixed by {each['fixed_by']} of {each['service']}" for each in fixed]
        super().__init__("; ".join(texts), fixed=[dict(each) for each in fixed])


class ContactTypeUnknown(NotFound):
    """There is no such contact type."""

    slug, title = "contact-type-unknown", "There is no such contact type"


class ContactTypeExists(Conflict):
    """There is a contact type of that code already."""

    slug, title = "contact-type-exists", "There is such a contact type already"


class ContactTypeInUse(Conflict):
    """A contact type that contacts have, or that an external source names."""

    slug, title = "contact-type-in-use", "The contact type is in use"

    def __init__(self, contacts: int, sources: Sequence[str]) -> None:
        told = [f"{contacts} contacts have it"] if contacts else []
        told += [f"{each} names it" for each in sources]
        super().__init__("; ".join(told), contacts=contacts, sources=list(sources))


class ContactTypePreset(Conflict):
    """What the registers need of a preset contact type does not change."""

    slug, title = "contact-type-preset", "The contact type is preset"

    def __init__(self, fields: Sequence[str]) -> None:
        what = ", ".join(fields) or "it"
        super().__init__(f"The registers need {what} as it is.", fields=list(fields))


class ContactTypeNarrowed(Conflict):
    """Numbers of contacts that are there would be wrong with the length or validation asked for."""

    slug, title = "contact-type-narrowed", "Contacts have numbers that would be wrong"

    def __init__(self, contacts: int) -> None:
        super().__init__(f"{contacts} contacts have a number that would be wrong then.", contacts=contacts)


class JobUnknown(NotFound):
    """No service has a job of that name."""

    slug, title = "job-unknown", "There is no such job"


class ScheduleFixed(Conflict):
    """A time that the environment of a service sets."""

    slug, title = "schedule-fixed", "The time is fixed by the environment"

    def __init__(self, fixed_by: str) -> None:
        super().__init__(f"The time is fixed by {fixed_by}.", fixed_by=fixed_by)


class ScheduleChangedElsewhere(Conflict):
    """A time that is one of other settings, and is changed there."""

    slug, title = "schedule-changed-elsewhere", "The time is changed elsewhere"

    def __init__(self, changed_in: str) -> None:
        super().__init__(f"The time is changed by {changed_in}.", changed_in=changed_in)


class ScheduleNeeded(Conflict):
    """A job that the store cannot do without."""

    slug, title = "schedule-needed", "The job cannot be switched off"

    def __init__(self) -> None:
        super().__init__("The store cannot do without this job: it can be moved, not switched off.")


class ScheduleUnfit(InvalidRequest):
    """A daily job has a time of day, work that is done again and again an interval."""

    slug, title = "schedule-unfit", "The job has another kind of schedule"

    def __init__(self, *, is_recurring: bool) -> None:
        needed = "an interval, no time of day" if is_recurring else "a time of day, no interval"
        super().__init__(f"The job has {needed}.")
