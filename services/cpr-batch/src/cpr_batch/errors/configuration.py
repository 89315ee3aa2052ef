"""What is wrong with settings, or with a change of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from registerbro.presentation import BAD_USE, Presentation

from cpr_batch.errors.base import BatchError


@dataclasses.dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one setting; the reason never repeats the value."""

    name: str
    reason: str
    code: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class ConfigurationError(BatchError):
    """Settings cannot be used, or not be changed as asked."""


class SettingsUnusable(ConfigurationError):
    """The environment, stored values and the settings file do not make usable settings together."""

    text = "the settings cannot be used: {problems}"

    def __init__(self, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return self.text.format(problems="; ".join(map(str, self.problems)))

    @property
    def facts(self) -> Mapping[str, Any]:
        """Each problem by itself, for the answer of the API."""
        return {
            "errors": [
                {"pointer": f"settings/{problem.name}", "detail": problem.reason, "code": problem.code}
                for problem in self.problems
            ]
        }


class SettingsRefused(SettingsUnusable):
    """The change is refused as a whole; nothing of it was stored."""

    text = "nothing was changed: {problems}"


class SectionIncomplete(ConfigurationError):
    """A part of the settings cannot be used, because something in it is missing."""

    def __init__(self, section: str = "", missing: Sequence[str] = ()) -> None:
        super().__init__(section, *missing)
        self.section = section
        self.missing = tuple(missing)

    def __str__(self) -> str:
        return f"the settings of {self.section} lack {', '.join(self.missing)}"


class FilesWaiting(ConfigurationError):
    """Files wait for their import under the present directory, pattern and prefix."""

    def __init__(self, names: Sequence[str] = (), settings: Sequence[str] = ()) -> None:
        super().__init__(*names)
        self.names = tuple(names)
        self.settings = tuple(settings)

    def __str__(self) -> str:
        return (
            f"{', '.join(self.settings)} cannot change while files wait for their import; "
            f"import them first: {', '.join(self.names)}"
        )

    @property
    def facts(self) -> Mapping[str, Any]:
        """The files, for the answer of the API."""
        return {"files": list(self.names)}


class SettingsOutdated(ConfigurationError):
    """The settings were changed between the start of an action and its first step."""

    def __str__(self) -> str:
        return "the settings were changed just now; start again"


PRESENTATION: dict[type[BatchError], Presentation] = {
    SettingsUnusable: Presentation("settings-unusable", 409, "The settings cannot be used", BAD_USE),
    SettingsRefused: Presentation("settings-refused", 422, "The settings are refused", BAD_USE),
    SectionIncomplete: Presentation(
        "settings-incomplete", 409, "A part of the settings is incomplete", BAD_USE
    ),
    FilesWaiting: Presentation("files-waiting", 409, "Files wait for their import"),
    SettingsOutdated: Presentation("settings-outdated", 409, "The settings were changed in the meantime"),
}
