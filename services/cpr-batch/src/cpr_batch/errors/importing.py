"""What keeps a file from being imported."""

from registerbro.presentation import Presentation

from cpr_batch.errors.base import BatchError


class ImportFailed(BatchError):
    """A file cannot be imported."""

    text = "{name}"

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(name=self.name, detail=self.detail)


class LocalFileUnknown(ImportFailed):
    """The interim directory holds no such file."""

    text = "there is no file {name} to import"


class FileBusy(ImportFailed):
    """Another import of the file is under way."""

    text = "{name} is being imported by another run"


class FileNotImportable(ImportFailed):
    """The file is refused whole; nothing of it was written."""

    text = "{name} is refused: {detail}"


class StoreRefused(ImportFailed):
    """The contact store did not take a chunk; the file can be imported again, what is stored already is found equal."""

    text = "the contact store did not take all of {name}: {detail}"


class ContactTypeMissing(ImportFailed):
    """The store has no such contact type, so that nobody of it can be imported."""

    text = "{name} is not imported: there is no contact type {detail}, which is defined in the configuration first"


class ImportSuperseded(ImportFailed):
    """Another run took the file over; this one wrote nothing more."""

    text = "{name} was taken over by another run"


PRESENTATION: dict[type[BatchError], Presentation] = {
    LocalFileUnknown: Presentation("local-file-unknown", 404, "There is no such file to import"),
    FileBusy: Presentation("file-busy", 409, "Another import of the file is under way"),
    FileNotImportable: Presentation("file-refused", 422, "The file is refused"),
    StoreRefused: Presentation("store-refused", 503, "The contact store did not take all of the file"),
    ContactTypeMissing: Presentation("contact-type-missing", 409, "The contact type is missing"),
    ImportSuperseded: Presentation("import-superseded", 409, "Another run took the file over"),
}
