"""How errors of the registers look from outside: each has a row, a slug of its own, and an exit code that says whether to wait."""

import datetime as dt

from registerbro.presentation import FAILED
from registerbro.registers import errors
from registerbro.registers.presentation import LATER, REGISTER_PRESENTATION, REGISTER_PROBLEMS, presentation


def all_below(kind: type[errors.RegisterError]) -> set[type[errors.RegisterError]]:
    return {kind}.union(*map(all_below, kind.__subclasses__()))


def test_every_error_has_a_row_and_a_slug_of_its_own() -> None:
    known = {kind for kind in all_below(errors.RegisterError) if kind.__module__ == errors.__name__}
    assert known == set(REGISTER_PRESENTATION)
    slugs = [seen_as.slug for seen_as in REGISTER_PRESENTATION.values()]
    assert len(set(slugs)) == len(slugs)


def test_what_passes_by_itself_and_what_somebody_must_mend_end_commands_differently() -> None:
    for kind, seen_as in REGISTER_PRESENTATION.items():
        assert seen_as.exit_code == (LATER if issubclass(kind, errors.RegisterUnavailable) else FAILED)
        assert seen_as.status >= 500


def test_an_error_of_a_kind_that_is_not_listed_looks_as_the_nearest_that_is() -> None:
    class OtherTimeOut(errors.TimedOut):
        pass

    assert presentation(OtherTimeOut("no answer")).slug == "register-timed-out"


def test_a_pause_that_the_register_wants_is_told_in_the_header() -> None:
    asked = errors.Throttled("the register asks us to wait", retry_after=dt.timedelta(seconds=6.6))
    problem = REGISTER_PROBLEMS.problem(asked)
    assert problem.headers == {"Retry-After": "7"}
    assert problem.facts["retry_after_seconds"] == 6.6
    assert REGISTER_PROBLEMS.problem(errors.Throttled("the register asks us to wait")).headers == {}
