"""Tokens by client credentials: at an issuer that is not ours, and at small ones that do what real ones do on bad days."""

import asyncio
import base64
import json
import time
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr
from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.errors import (
    CallRefused,
    FieldUnusable,
    NotJson,
    RegisterError,
    ServerFailed,
    Throttled,
    TimedOut,
    TokenRefused,
)
from registerbro.registers.tls import Tls
from registerbro.registers.tokens import ClientAuthentication, Grant, Tokens, Wording

from tests.support.certificates import as_pem, issued, server_context
from tests.support.foreign_issuer import ForeignIssuer
from tests.support.register_caller import calling
from tests.support.register_server import (
    Asked,
    Behaviour,
    RegisterServer,
    Reply,
    Stall,
    html,
    register_server,
    said,
)
from tests.support.waiting import until

SECRET = SecretStr("the-secret-of-a-client")


class Issuer:
    """Gives tokens ``token-1``, ``token-2``, … unless it is told to answer otherwise."""

    def __init__(self) -> None:
        self.given = 0
        self.life: object = 3600
        self.behaviour: Behaviour | None = None

    def __call__(self, _: Asked) -> Behaviour:
        if self.behaviour is not None:
            return self.behaviour
        self.given += 1
        return said({"token_type": "Bearer", "expires_in": self.life, "access_token": f"token-{self.given}"})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def server(issuer: Issuer) -> AsyncIterator[RegisterServer]:
    async with register_server(issuer) as running:
        yield running


def tokens_of(url: str, wording: Wording = Wording.LOGIC) -> Tokens:
    grant = Grant(
        f"{url}/clientCredentials/token?issuer=b2clogin.com&tenant=159",
        client_id="3fa85f64-5717-4562-b3fc-2c963f66afa6",
        client_secret=SECRET,
        scope="https://logicidentityprod.onmicrosoft.com/scope/.default",
        wording=wording,
    )
    return Tokens(grant, answer_seconds=0.5)


async def refusal_of(tokens: Tokens) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        await tokens.token()
    assert SECRET.get_secret_value() not in str(caught.value)
    return caught.value


class TestForeignIssuer:
    """An issuer that is not ours."""

    def grant(
        self,
        issuer: ForeignIssuer,
        method: ClientAuthentication = ClientAuthentication.POST,
        *,
        secret: str | None = None,
        scope: str = "units:lookup",
    ) -> Grant:
        client = issuer.clients["by-form" if method is ClientAuthentication.POST else "journal"]
        return Grant(
            f"{issuer.url}/token",
            client_id=client.client_id,
            client_secret=SecretStr(secret or client.secret),
            scope=scope,
            authentication=method,
        )

    @pytest.mark.parametrize("method", [ClientAuthentication.POST, ClientAuthentication.BASIC])
    async def test_it_gives_a_token_for_the_scope(
        self, foreign_issuer: ForeignIssuer, method: ClientAuthentication
    ) -> None:
        grant = self.grant(foreign_issuer, method)
        token = await Tokens(grant).token()
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["client_id"] == grant.client_id
        assert claims["scope"] == "units:lookup"

    @pytest.mark.parametrize("method", [ClientAuthentication.POST, ClientAuthentication.BASIC])
    async def test_it_refuses_a_wrong_secret(
        self, foreign_issuer: ForeignIssuer, method: ClientAuthentication
    ) -> None:
        error = await refusal_of(Tokens(self.grant(foreign_issuer, method, secret="wrong")))
        assert isinstance(error, TokenRefused)
        assert error.code == "invalid_client"
        assert str(error).startswith(
            f"Failed to get the access token from {foreign_issuer.url}/token. Status"
        )

    async def test_it_refuses_a_scope_that_the_client_may_not_have(
        self, foreign_issuer: ForeignIssuer
    ) -> None:
        error = await refusal_of(Tokens(self.grant(foreign_issuer, scope="everything")))
        assert isinstance(error, TokenRefused)
        assert error.code == "invalid_scope"


class TestAsking:
    """What is sent, and how often."""

    async def test_the_form_and_the_query_of_logic(self, server: RegisterServer) -> None:
        assert await tokens_of(server.url).token() == "token-1"
        (asked,) = server.asked
        assert (asked.method, asked.path) == ("POST", "/clientCredentials/token")
        assert asked.query == {"issuer": "b2clogin.com", "tenant": "159"}
        assert asked.form == {
            "grant_type": "client_credentials",
            "client_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "client_secret": SECRET.get_secret_value(),
            "scope": "https://logicidentityprod.onmicrosoft.com/scope/.default",
        }

    async def test_a_certificate_in_place_of_a_secret(self, issuer: Issuer, tmp_path: Path) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        tls = Tls(tmp_path / "ca.pem", CertificateKeeper(as_pem(tmp_path, issued(authority))))
        async with register_server(issuer, context=server_context(authority, clients_of=authority)) as server:
            assert await Tokens(Grant(f"{server.url}/token", "our-client"), tls=tls).token() == "token-1"
        assert server.asked[0].form == {"grant_type": "client_credentials", "client_id": "our-client"}
        assert "authorization" not in server.asked[0].headers

    async def test_once_for_all_who_want_one(self, server: RegisterServer) -> None:
        tokens = tokens_of(server.url)
        assert set(await asyncio.gather(*(tokens.token() for _ in range(50)))) == {"token-1"}
        assert await tokens.token() == "token-1"
        assert len(server.asked) == 1

    async def test_who_gives_up_does_not_spoil_it_for_others(self, server: RegisterServer) -> None:
        tokens = tokens_of(server.url)
        impatient = asyncio.create_task(tokens.token())
        patient = asyncio.create_task(tokens.token())
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == "token-1"
        with pytest.raises(asyncio.CancelledError):
            await impatient

    async def test_a_new_one_a_minute_before_the_old_one_ends(
        self, server: RegisterServer, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = time.monotonic()
        monkeypatch.setattr("registerbro.registers.tokens.time.monotonic", lambda: now)
        tokens = tokens_of(server.url)
        assert await tokens.token() == "token-1"
        now += 3539
        assert await tokens.token() == "token-1"
        now += 2
        assert await tokens.token() == "token-2"

    async def test_one_with_a_short_life_is_used_for_half_of_it(
        self, server: RegisterServer, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = time.monotonic()
        monkeypatch.setattr("registerbro.registers.tokens.time.monotonic", lambda: now)
        issuer.life = "20"
        tokens = tokens_of(server.url)
        await tokens.token()
        now += 9
        assert await tokens.token() == "token-1"
        now += 2
        assert await tokens.token() == "token-2"

    async def test_a_refusal_is_remembered_for_a_while(
        self, server: RegisterServer, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = time.monotonic()
        monkeypatch.setattr("registerbro.registers.tokens.time.monotonic", lambda: now)
        issuer.behaviour = said({"error": "invalid_client"}, 401)
        tokens = tokens_of(server.url)
        for _ in range(5):
            assert isinstance(await refusal_of(tokens), TokenRefused)
        assert len(server.asked) == 1
        assert (
            len(traceback.extract_tb((await refusal_of(tokens)).__traceback__)) < 5
        )  # not one longer each time
        issuer.behaviour = None
        now += 31
        assert await tokens.token() == "token-1"

    async def test_a_call_that_is_refused_is_made_once_more_with_a_new_token(
        self, server: RegisterServer
    ) -> None:
        def gateway(asked: Asked) -> Behaviour:
            is_new = asked.headers["authorization"] == "Bearer token-2"
            return said({"is": "fine"}) if is_new else html(401)

        async with (
            register_server(gateway) as register,
            calling(register.url, tokens=tokens_of(server.url)) as caller,
        ):
            answers = await asyncio.gather(*(caller.call("GET", "/unit") for _ in range(5)))
        assert [answer.json() for answer in answers] == [{"is": "fine"}] * 5
        assert len(server.asked) == 2

    async def test_a_call_that_stays_refused_asks_for_no_third_token(self, server: RegisterServer) -> None:
        async with (
            register_server(lambda _: html(401)) as register,
            calling(register.url, tokens=tokens_of(server.url)) as caller,
        ):
            with pytest.raises(CallRefused) as caught:
                await caller.call("GET", "/unit")
        assert caught.value.status == 401
        assert (len(server.asked), len(register.asked)) == (2, 2)


class TestRefusals:
    """What goes wrong at an issuer."""

    async def test_logics_refusal_is_told_as_kmds_own_client_tells_it(
        self, server: RegisterServer, issuer: Issuer
    ) -> None:
        issuer.behaviour = said({"error": "unauthorized_client", "error_codes": [70011]}, 400)
        error = await refusal_of(tokens_of(server.url))
        assert str(error) == (
            "Unable to access the token issuer, request returned BadRequest. Reason: unauthorized_client."
        )
        assert error.facts == {"code": "unauthorized_client"}

    async def test_another_registers_refusal_has_its_code(
        self, server: RegisterServer, issuer: Issuer
    ) -> None:
        issuer.behaviour = said({"error": "invalid_client"}, 401)
        assert str(await refusal_of(tokens_of(server.url, Wording.TOLD))) == (
            f"Failed to get the access token from {server.url}/clientCredentials/token. Status code: Unauthorized. Reason: invalid_client."
        )

    async def test_the_stores_own_refusal_names_the_end_point(
        self, server: RegisterServer, issuer: Issuer
    ) -> None:
        issuer.behaviour = said({"error": "invalid_client"}, 400)
        grant = Grant(f"{server.url}/oauth2/connect/token", "batch", SECRET)
        assert str(await refusal_of(Tokens(grant))) == (
            f"Failed to get the access token from {server.url}/oauth2/connect/token. Status code: BadRequest"
        )

    @pytest.mark.parametrize(
        ("behaviour", "kind", "text"),
        [
            (html(400), TokenRefused, "Unable to access the token issuer, request returned BadRequest."),
            (html(404), TokenRefused, "Unable to access the token issuer, request returned NotFound."),
            (html(302), TokenRefused, "Unable to access the token issuer, request returned Found."),
            (html(503), ServerFailed, "Unable to access the token issuer, request returned ServiceUnavailable."),
            (
                said({"error": "invalid_scope"}, 200),
                TokenRefused,
                "Unable to access the token issuer, request returned OK. Reason: invalid_scope.",
            ),
            (said({"error": ["odd"]}, 400), TokenRefused, "Unable to access the token issuer, request returned BadRequest."),
            (html(200), NotJson, "the token issuer 127.0.0.1 answered with something that is no JSON object"),
            (said(["token"]), NotJson, "the token issuer 127.0.0.1 answered with something that is no JSON object"),
            (Reply(429, headers={"Retry-After": "9"}), Throttled, "127.0.0.1 asks us to wait, for 9 seconds"),
            (Stall(), TimedOut, "127.0.0.1 did not answer within the time limit"),
            (
                said({"expires_in": 3600}),
                FieldUnusable,
                "the register's answer cannot be used: access_token is missing from the token issuer's answer",
            ),
            (
                said({"access_token": "t", "expires_in": "soon"}),
                FieldUnusable,
                "the register's answer cannot be used: expires_in of the token issuer's answer is no number of seconds",
            ),
        ],
        ids=[
            "HTML", "404", "redirect", "503", "200 with error", "odd error", "HTML with 200", "list", "429", "stall",
            "no token", "odd life",
        ],
    )  # fmt: skip
    async def test_a_bad_answer_is_told(
        self,
        server: RegisterServer,
        issuer: Issuer,
        behaviour: Behaviour,
        kind: type[RegisterError],
        text: str,
    ) -> None:
        issuer.behaviour = behaviour
        error = await refusal_of(tokens_of(server.url))
        assert type(error) is kind
        assert str(error) == text

    async def test_an_answer_without_end_is_not_read_to_it(
        self, server: RegisterServer, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("registerbro.registers.tokens.LONGEST_ANSWER", 100)
        issuer.behaviour = said({"access_token": "t" * 100})
        assert "longer than 100 bytes" in str(await refusal_of(tokens_of(server.url)))

    async def test_all_who_wait_are_told_of_one_failure(self, server: RegisterServer, issuer: Issuer) -> None:
        issuer.behaviour = html(500)
        tokens = tokens_of(server.url)
        found = await asyncio.gather(*(tokens.token() for _ in range(20)), return_exceptions=True)
        assert {type(error) for error in found} == {ServerFailed}
        assert len(server.asked) == 1

    async def test_it_can_be_closed_while_it_asks(self, server: RegisterServer, issuer: Issuer) -> None:
        issuer.behaviour = Stall()
        tokens = tokens_of(server.url)
        asking = asyncio.create_task(tokens.token())

        async def is_asked() -> bool:
            return bool(server.asked)

        await until(is_asked)
        await tokens.close()
        with pytest.raises(asyncio.CancelledError):
            await asking
