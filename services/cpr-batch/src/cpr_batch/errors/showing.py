"""What keeps a file from being shown."""

from registerbro.presentation import BAD_USE, Presentation

from cpr_batch.errors.base import BatchError


class ShowFailed(BatchError):
    """Something of a file cannot be shown."""

    text = "{name}"

    def __init__(self, name: str = "", detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(name=self.name, detail=self.detail)


class FileNotThere(ShowFailed):
    """Neither a path nor a file of the interim directory."""

    text = "there is no file {name}, neither here nor in the interim directory"


class PersonNotInFile(ShowFailed):
    """The file says nothing of the person."""

    text = "{name} holds nothing of this person"


class UnmaskedNotAllowed(ShowFailed):
    """The settings do not let anybody see names and numbers in files."""

    text = "showing what is masked is not allowed here: the setting show.{name} says so"


PRESENTATION: dict[type[BatchError], Presentation] = {
    FileNotThere: Presentation("file-not-there", 404, "There is no such file"),
    PersonNotInFile: Presentation("person-not-in-file", 404, "The file holds nothing of this person"),
    UnmaskedNotAllowed: Presentation("unmasked-not-allowed", 403, "Showing it is not allowed", BAD_USE),
}
