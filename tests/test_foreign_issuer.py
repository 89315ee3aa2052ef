"""Services accept tokens of an OpenID Connect server that is not ours, and none that it would not issue."""

import time

import pytest
from registerbro.auth import Caller, Scope, Verifier, keys_of
from registerbro.problems import TokenInvalid

from tests.support.foreign_issuer import ForeignIssuer


def _verifier(issuer: ForeignIssuer) -> Verifier:
    settings = issuer.settings()
    return Verifier(settings, keys_of(settings))


async def test_a_client_s_token_is_accepted(foreign_issuer: ForeignIssuer) -> None:
    token = foreign_issuer.client_token("journal", "contacts:read")
    assert await _verifier(foreign_issuer).verify(token) == Caller(
        "journal", None, frozenset({Scope.CONTACTS_READ})
    )


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another"}, "wrong-audience"),
        ({"iss": "http://another.test"}, "wrong-issuer"),
        ({"exp": int(time.time()) - 600}, "expired"),
        ({"exp": None}, "claim-missing"),
    ],
)
async def test_what_it_would_not_issue_is_refused(
    foreign_issuer: ForeignIssuer, claims: dict[str, object], reason: str
) -> None:
    verifier = _verifier(foreign_issuer)
    assert (await verifier.verify(foreign_issuer.minted(scope="contacts:read"))).may(Scope.CONTACTS_READ)
    with pytest.raises(TokenInvalid) as refused:
        await verifier.verify(foreign_issuer.minted(scope="contacts:read", **claims))
    assert refused.value.facts["reason"] == reason
