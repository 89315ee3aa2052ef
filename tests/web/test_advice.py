"""Whatever a service may answer, a page has a sentence and a next step for it, in both languages."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, get_args

import pytest
from console.web.addresses import Place
from console.web.advice import OF, UNKNOWN, advice_for
from console.web.advising import everywhere
from console.web.gateway import Away, Refused
from console.web.mistakes import MISTAKES, mistake_of
from cpr_direct.settings import CprDirectSettings
from cvr_subscription import failing as subscribing
from cvr_subscription import synchronising
from cvr_subscription.subscriptions import UNKNOWN as UNKNOWN_UNIT
from cvr_update import failing
from pydantic import SecretStr
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType
from registerbro.auth import DevelopmentIssuer
from registerbro.presentation import ProblemTable
from registerbro.problems import BASE, Problem

from tests.security.services import SERVICES, Surroundings
from tests.support.services import settings_for

pytestmark = pytest.mark.xdist_group("problem texts")  # the descriptions are made once
SLUG = re.compile(re.escape(BASE) + "([a-z0-9-]+)")
REASONS = {  # which no call is answered with: why one of many failed
    UNKNOWN_UNIT,
    subscribing.NUMBER_UNUSABLE,
    subscribing.TAKEN,
    subscribing.WITHOUT_ID,
    synchronising.INTERRUPTED,
    failing.UNKNOWN.reason,
    failing.NUMBER_UNUSABLE.reason,
    failing.NO_ANSWER.reason,
}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Place, set[str]]:
    """The problems that each service's description and its own tables name."""
    issuer = DevelopmentIssuer.generate()
    direct = CprDirectSettings(
        host="localhost",
        transaction_code="PRIV",
        customer_number="1234",
        user_id="user",
        password=SecretStr("password"),
    )
    around = Surroundings(
        dict(settings_for("postgresql://nobody@localhost/none", issuer)),
        tmp_path_factory.mktemp("files"),
        direct,
    )
    return {Place(name): _described(make(around)) | _tabled(name) for name, make in SERVICES.items()}


def _described(app: Any) -> set[str]:
    return set(SLUG.findall(json.dumps(app.openapi()["paths"])))


def _tabled(service: str) -> set[str]:
    package = service.replace("-", "_")
    modules = [each for name, each in sys.modules.items() if name.split(".")[0] == package]
    return {kind.slug for module in modules for kind in _problems(module)}


def _problems(module: ModuleType) -> Iterator[type[Problem]]:
    for value in vars(module).values():
        if isinstance(value, ProblemTable):
            yield from value.values()
        elif isinstance(value, type) and issubclass(value, Problem) and value.__module__ == module.__name__:
            yield value


@pytest.mark.parametrize("place", [place for place in Place if place is not Place.SANDBOX])
def test_no_problem_is_left_without_a_next_step(place: Place, described: Mapping[Place, set[str]]) -> None:
    assert len(described[place]) > 10
    assert sorted(slug for slug in described[place] if advice_for(slug, place) is UNKNOWN) == []


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_no_reason_of_a_failed_update_is_left_without_a_next_step(reason: str) -> None:
    assert advice_for(reason, Place.CVR_UPDATE) is not UNKNOWN


def test_nothing_is_said_of_problems_that_there_are_not(described: Mapping[Place, set[str]]) -> None:
    known = REASONS | _tabled("registerbro") | {Away.slug} | set().union(*described.values())
    said = {slug for table in (everywhere.ADVICE, *OF.values()) for slug in table}
    assert sorted(said - known) == []


def test_the_same_problem_means_what_it_means_at_its_service() -> None:
    refused = {
        place: advice_for("store-refused", place).text for place in (Place.CPR_DIRECT, Place.CVR_ONLINE)
    }
    assert refused[Place.CPR_DIRECT] != refused[Place.CVR_ONLINE]
    assert advice_for("not-found", Place.SANDBOX) is everywhere.ADVICE["not-found"]
    assert advice_for("nobody-knows-it", Place.CONSOLE) is UNKNOWN


@pytest.mark.parametrize(
    ("code", "given", "said"),
    [
        ("missing", {}, ("This has to be filled in.", "")),
        ("string_too_short", {"min_length": 3}, ("Write at least %(limit)s characters.", "3")),
        ("less_than_equal", {"le": 1000}, ("Write %(limit)s or less.", "1000")),
        ("greater_than", {"gt": -0.5}, ("Write a number above %(limit)s.", "-0.5")),
        (
            "too_long",
            {"field_type": "List", "max_length": 20, "actual_length": 30},
            ("Give at most %(limit)s.", "20"),
        ),
    ],
)
def test_common_mistakes_are_said_in_the_persons_language(
    code: Any, given: dict[str, Any], said: tuple[str, str]
) -> None:
    detail = PydanticKnownError(code, given or None).message()
    assert mistake_of({"pointer": "body/x", "code": code, "detail": detail}) == said


def test_what_our_own_rules_say_is_left_to_the_service() -> None:
    problem = {"errors": [{"pointer": "body/x", "code": "value_error", "detail": "give one of at and every"}]}
    error = Refused(Place.CONSOLE, 422, problem).error_of("x")
    assert error is not None
    assert mistake_of(error) is None


def test_the_codes_are_pydantics() -> None:
    assert sorted(set(MISTAKES) - set(get_args(ErrorType))) == []
