"""All pages of the configuration."""

from collections.abc import Sequence

from console.web.configuration import contact_types, history, keys, modules, schedules, settings, sources
from console.web.pages import Pages

ALL: Sequence[Pages] = (
    modules.pages,
    contact_types.pages,
    sources.pages,
    schedules.pages,
    settings.pages,
    keys.pages,
    history.pages,
)
