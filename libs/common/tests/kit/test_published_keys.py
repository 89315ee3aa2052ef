"""Keys that an issuer publishes: cached, fetched anew for an unknown key, never in a storm, and bridging an outage."""

import asyncio
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from registerbro.auth import DevelopmentIssuer, PublishedKeys, Verifier
from registerbro.problems import TokenInvalid, Unavailable
from registerbro.settings import AuthSettings


class IssuerSite:
    """The issuer's key page; counts its visitors."""

    def __init__(self, *issuers: DevelopmentIssuer) -> None:
        self.issuers = issuers
        self.visits = 0
        self.is_up = True
        self.extra: list[dict[str, Any]] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.visits += 1
        await asyncio.sleep(0)
        if not self.is_up:
            return httpx.Response(500, text="down")
        keys = [key for issuer in self.issuers for key in issuer.jwks()["keys"]]
        return httpx.Response(200, json={"keys": [*self.extra, *keys]})


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def verifier(site: IssuerSite, clock: Clock, issuer: DevelopmentIssuer) -> Verifier:
    settings = AuthSettings(
        issuer=issuer.issuer,
        jwks_url="https://issuer.test/jwks",
        jwks_refresh_seconds=600,
        jwks_pause_seconds=10,
    )
    keys = PublishedKeys(settings, transport=httpx.MockTransport(site), now=clock)
    return Verifier(settings, keys)


async def test_fetched_once_for_many_calls_at_once(issuer: DevelopmentIssuer, clock: Clock) -> None:
    site = IssuerSite(issuer)
    checking = verifier(site, clock, issuer)
    callers = await asyncio.gather(*(checking.verify(issuer.token("batch:read")) for _ in range(20)))
    assert {caller.client for caller in callers} == {"development"}
    assert site.visits == 1


async def test_a_new_key_is_accepted_as_soon_as_a_token_names_it(
    issuer: DevelopmentIssuer, clock: Clock
) -> None:
    site = IssuerSite(issuer)
    checking = verifier(site, clock, issuer)
    await checking.verify(issuer.token())
    successor = DevelopmentIssuer.generate()
    site.issuers = (issuer, successor)
    clock.time += 11
    await checking.verify(successor.token())
    assert site.visits == 2


async def test_made_up_key_names_cause_no_storm(issuer: DevelopmentIssuer, clock: Clock) -> None:
    site = IssuerSite(issuer)
    checking = verifier(site, clock, issuer)
    for _ in range(50):
        with pytest.raises(TokenInvalid) as refused:
            await checking.verify(DevelopmentIssuer.generate().token())
        assert refused.value.facts["reason"] == "unknown-key"
    assert site.visits == 1
    clock.time += 11
    with pytest.raises(TokenInvalid):
        await checking.verify(DevelopmentIssuer.generate().token())
    assert site.visits == 2


async def test_a_withdrawn_key_is_refused_after_the_refresh(issuer: DevelopmentIssuer, clock: Clock) -> None:
    site = IssuerSite(issuer)
    checking = verifier(site, clock, issuer)
    await checking.verify(issuer.token())
    site.issuers = (DevelopmentIssuer.generate(),)
    clock.time += 601
    with pytest.raises(TokenInvalid):
        await checking.verify(issuer.token())


async def test_an_outage_of_the_issuer_is_bridged_for_a_day(issuer: DevelopmentIssuer, clock: Clock) -> None:
    site = IssuerSite(issuer)
    checking = verifier(site, clock, issuer)
    await checking.verify(issuer.token())
    site.is_up = False
    clock.time += 86_000
    await checking.verify(issuer.token())
    clock.time += 1_000
    with pytest.raises(Unavailable):
        await checking.verify(issuer.token())


async def test_without_any_keys_the_caller_is_told_to_come_again(
    issuer: DevelopmentIssuer, clock: Clock
) -> None:
    site = IssuerSite(issuer)
    site.is_up = False
    checking = verifier(site, clock, issuer)
    with pytest.raises(Unavailable) as refused:
        await checking.verify(issuer.token())
    assert refused.value.headers["Retry-After"] == "5"
    site.is_up = True
    clock.time += 11
    await checking.verify(issuer.token())


async def test_keys_that_we_cannot_use_do_no_harm(issuer: DevelopmentIssuer, clock: Clock) -> None:
    site = IssuerSite(issuer)
    for_encryption = ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "enc", "use": "enc"}
    site.extra = [
        {"kty": "future"},
        {"kty": "EC", "kid": "broken"},
        for_encryption,
        {"kty": "oct", "k": "c2VjcmV0"},
    ]
    assert (await verifier(site, clock, issuer).verify(issuer.token())).client == "development"
