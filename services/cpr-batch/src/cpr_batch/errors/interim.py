"""What the interim directory says."""

from registerbro.presentation import Presentation

from cpr_batch.errors.base import BatchError


class InterimError(BatchError):
    """The interim directory does not do what is asked."""

    text = "{path}: {detail}"

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(path=self.path, detail=self.detail).removesuffix(": ")


class InterimMissing(InterimError):
    """The interim directory does not exist."""

    text = "the interim directory {path} does not exist"


class InterimRefused(InterimError):
    """No permission in the interim directory."""

    text = "no permission for {path} in the interim directory"


class InterimFull(InterimError):
    """No space is left for the interim directory."""

    text = "no space is left for {path}"


class InterimFailed(InterimError):
    """The disk of the interim directory fails."""


PRESENTATION: dict[type[BatchError], Presentation] = {
    InterimMissing: Presentation("interim-directory-missing", 500, "The interim directory does not exist"),
    InterimRefused: Presentation("interim-directory-refused", 500, "No permission in the interim directory"),
    InterimFull: Presentation("interim-directory-full", 507, "The disk of the interim directory is full"),
    InterimFailed: Presentation("interim-directory-failed", 500, "The disk of the interim directory fails"),
}
