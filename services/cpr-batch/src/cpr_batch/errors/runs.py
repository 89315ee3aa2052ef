"""What keeps a run from being stopped or started again, and how runs end that others ended."""

from registerbro.presentation import Presentation

from cpr_batch.errors.base import BatchError


class RunError(BatchError):
    """Something about a run."""

    text = "{run_id}"

    def __init__(self, run_id: str, detail: str = "") -> None:
        super().__init__(run_id, detail)
        self.run_id = run_id
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(run_id=self.run_id, detail=self.detail)


class RunUnknown(RunError):
    """There is no such run."""

    text = "there is no run {run_id}"


class RunEnded(RunError):
    """The run has ended already: there is nothing to stop."""

    text = "the run {run_id} has ended, there is nothing to stop: it is {detail}"


class RunNotRetryable(RunError):
    """Only what failed, was stopped or abandoned can be started again."""

    text = "the run {run_id} cannot be started again: {detail}"


class RunStopped(RunError):
    """Somebody asked for the run's end. What it stored stays; the rest can be done by a new run."""

    text = "the run {run_id} was stopped on request; what it stored stays, `cpr-batch retry {run_id}` does the rest"


class RunFailedElsewhere(RunError):
    """Another process did the work, and it failed."""

    text = "{detail} (run {run_id})"


class TooManyWatchers(BatchError):
    """This replica shows the progress of runs to as many watchers as it may."""

    def __str__(self) -> str:
        return "this replica has as many watchers as it may have: ask for the run itself instead, or try again later"


PRESENTATION: dict[type[BatchError], Presentation] = {
    RunUnknown: Presentation("run-unknown", 404, "There is no such run"),
    RunEnded: Presentation("run-ended", 409, "The run has ended"),
    RunNotRetryable: Presentation("run-not-retryable", 409, "The run cannot be started again"),
    RunStopped: Presentation("run-stopped", 409, "The run was stopped on request"),
    RunFailedElsewhere: Presentation("run-failed", 409, "The run failed in another process"),
    TooManyWatchers: Presentation("too-many-watchers", 503, "Too many watchers"),
}
