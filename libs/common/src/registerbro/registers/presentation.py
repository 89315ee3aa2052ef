"""How a provider's errors look from outside, the same in every service that asks one: problem type, status, exit code.

503: trying later makes sense, with ``Retry-After`` where the provider said when; or somebody has to mend our access, see
readiness. 504: no answer within the time. 502: an answer that cannot be used. 501: the provider has no such thing.
"""

from collections.abc import Mapping

from registerbro.presentation import Presentation, ProblemTable
from registerbro.problems import Problem
from registerbro.registers import errors

LATER = 4  # exit code: the register cannot be asked at the moment

REGISTER_PRESENTATION: Mapping[type[errors.RegisterError], Presentation] = {
    errors.RegisterError: Presentation("register-error", 502, "The register could not be asked"),
    errors.RegisterUnavailable: Presentation(
        "register-unavailable", 503, "The register cannot be asked at the moment", LATER
    ),
    errors.Unreachable: Presentation("register-unreachable", 503, "The register cannot be reached", LATER),
    errors.TimedOut: Presentation("register-timed-out", 504, "The register did not answer in time", LATER),
    errors.Throttled: Presentation("register-throttled", 503, "The register asks us to wait", LATER),
    errors.ServerFailed: Presentation("register-failed", 503, "The register failed", LATER),
    errors.AccessRefused: Presentation("register-access-refused", 503, "The register does not let us in"),
    errors.TokenRefused: Presentation("register-token-refused", 503, "The register gives us no token"),
    errors.CallRefused: Presentation("register-call-refused", 503, "The register refused the call"),
    errors.ProxyRefused: Presentation("proxy-refused", 503, "The proxy does not connect us to the register"),
    errors.NotConfigured: Presentation("register-not-configured", 503, "The register cannot be asked yet"),
    errors.CertificateExpired: Presentation(
        "certificate-expired", 503, "Our certificate is not valid at this time"
    ),
    errors.CertificateUnusable: Presentation("certificate-unusable", 503, "Our certificate cannot be used"),
    errors.CertificateRefused: Presentation(
        "certificate-refused", 503, "The register does not take our certificate"
    ),
    errors.ServerNotTrusted: Presentation(
        "register-not-trusted", 503, "The register's certificate is not trusted"
    ),
    errors.AnswerUnusable: Presentation(
        "register-answer-unusable", 502, "The register's answer cannot be used"
    ),
    errors.NotJson: Presentation("register-answer-not-json", 502, "The register's answer is no JSON"),
    errors.FieldUnusable: Presentation(
        "register-field-unusable", 502, "A field of the register's answer cannot be used"
    ),
    errors.Refused: Presentation("register-refused", 502, "The register answered with an error"),
    errors.SearchNotSupported: Presentation(
        "search-not-supported", 501, "The provider has no search by name"
    ),
    errors.FeedGap: Presentation("register-feed-gap", 503, "The register no longer keeps all events"),
    errors.PositionUnusable: Presentation(
        "register-position-unusable", 503, "The position is another provider's"
    ),
}
REGISTER_PROBLEMS = ProblemTable(REGISTER_PRESENTATION)
_NOT_OF_LOOKUPS = (errors.SearchNotSupported, errors.FeedGap, errors.PositionUnusable)
LOOKUP_PROBLEMS: tuple[type[Problem], ...] = tuple(
    problem for kind, problem in REGISTER_PROBLEMS.items() if kind not in _NOT_OF_LOOKUPS
)


def presentation(error: errors.RegisterError) -> Presentation:
    """How an error looks; its slug is also what metrics, tables and events call it."""
    kind = next(kind for kind in type(error).__mro__ if kind in REGISTER_PRESENTATION)
    return REGISTER_PRESENTATION[kind]
