"""What waits for somebody's decision, and what was decided already."""

from registerbro.presentation import Presentation

from cpr_batch.errors.base import WAITS, BatchError
from cpr_batch.errors.importing import ImportFailed


class FileHeld(ImportFailed):
    """The file would end or blank too many contacts; nothing of it was written, and it waits for an approval."""

    text = "{name} is held until somebody approves it: {detail}"


class FileDeclined(ImportFailed):
    """Somebody declined the file; it is not imported unless it is approved later."""

    text = "{name} was declined ({detail}); it is imported only if it is approved after all"


class ApprovalUnknown(ImportFailed):
    """There is no such approval."""

    text = "there is no approval {name}; see `cpr-batch approvals`"


class ApprovalDecided(ImportFailed):
    """The approval is decided already, or no longer needed."""

    text = "approval {name} cannot be decided any more: it is {detail}"


class GapUnknown(ImportFailed):
    """There is no such gap."""

    text = "there is no gap {name}; see `cpr-batch gaps`"


class GapClosed(ImportFailed):
    """The gap is closed already."""

    text = "gap {name} is closed already ({detail})"


class PlanUnknown(ImportFailed):
    """The run made no plan, or a later dry run of the same files has replaced it."""

    text = "run {name} has no plan: it was no dry run, or a later one has replaced it"


PRESENTATION: dict[type[BatchError], Presentation] = {
    FileHeld: Presentation("file-held", 409, "The file waits for an approval", WAITS),
    FileDeclined: Presentation("file-declined", 409, "The file was declined", WAITS),
    ApprovalUnknown: Presentation("approval-unknown", 404, "There is no such approval"),
    ApprovalDecided: Presentation("approval-decided", 409, "The approval is decided already"),
    GapUnknown: Presentation("gap-unknown", 404, "There is no such gap"),
    GapClosed: Presentation("gap-closed", 409, "The gap is closed already"),
    PlanUnknown: Presentation("plan-unknown", 404, "The run has no plan"),
}
