"""What the settings, and the external source where they say nothing, make of the way to a provider."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from registerbro.registers.access import STORE_NOT_USED, Access, access_to
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrSettings
from registerbro.settings import effective
from registerbro.sources import CvrSource

GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
OTHER = "3fa85f64-5717-4562-b3fc-2c963f66afa7"
NOTHING = CvrSource()
LOGIC = {
    "client_id": "client",
    "client_secret": "secret",
    "scope": "scope",
    "subscription_id": GUID,
    "configuration_id": GUID,
}


def way(provider: Provider, source: CvrSource = NOTHING, **settings: Any) -> Access:
    return access_to(provider, CvrSettings.model_validate(settings), source)


def secrets(access: Access) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in access.query.items()}


class TestRest:
    """A certificate, or a user with a password."""

    def test_nothing_configured_says_what_is_missing(self) -> None:
        assert way(Provider.DATAFORDELER_REST).missing == (
            "REGISTERBRO_CVR__CERTIFICATE__FILE: is missing, and so is REGISTERBRO_CVR__DATAFORDELER__USER",
        )

    def test_the_certificate_of_the_settings_goes_before_all(self) -> None:
        source = CvrSource.parse("Level:1, UserID:old; Password=old; Certificatefilename=old.p12")
        access = way(
            Provider.DATAFORDELER_REST,
            source,
            certificate={"file": "new.p12", "password": "new"},
            datafordeler={"user": "user", "password": "secret"},
        )
        assert access.certificate is not None
        assert access.certificate.file == Path("new.p12")
        assert not access.query

    def test_a_user_of_the_settings_goes_before_the_source(self) -> None:
        source = CvrSource.parse("UserID=old;Password=old;Certificatefilename=old.p12")
        access = way(Provider.DATAFORDELER_REST, source, datafordeler={"user": "user", "password": "secret"})
        assert secrets(access) == {"username": "user", "password": "secret"}
        assert access.certificate is None

    @pytest.mark.parametrize("name", ["cvr.p12", r"C:\captia\certificates\cvr.p12", "../../etc/cvr.p12"])
    def test_the_sources_certificate_stands_in_the_folder_and_takes_its_password(self, name: str) -> None:
        source = CvrSource.parse(f"Level=2;UserID=user;Password=word;Certificatefilename={name}")
        access = way(Provider.DATAFORDELER_REST, source, certificate_folder="/run/certificates")
        assert access.certificate is not None
        assert access.certificate.file == Path("/run/certificates/cvr.p12")
        assert access.certificate.password == SecretStr("word")
        assert not access.query
        assert not access.missing

    def test_the_sources_user_and_password_do_without_a_certificate(self) -> None:
        access = way(Provider.DATAFORDELER_REST, CvrSource.parse("UserID=user;Password=word"))
        assert secrets(access) == {"username": "user", "password": "word"}
        assert "word" not in repr(access)

    def test_a_certificate_in_a_windows_store_is_not_used_and_that_is_told(self) -> None:
        access = way(Provider.DATAFORDELER_REST, CvrSource.parse("Certificate=CN=Kommune"))
        assert access.remarks == (STORE_NOT_USED,)
        assert access.missing


class TestGraphql:
    """An API key, a secret, or a certificate."""

    def test_nothing_configured_says_what_is_missing(self) -> None:
        assert way(Provider.DATAFORDELER_GRAPHQL).missing == (
            "REGISTERBRO_CVR__DATAFORDELER__API_KEY: is missing, and so is REGISTERBRO_CVR__DATAFORDELER__TOKEN_URL",
        )

    def test_an_api_key_is_sent_alone(self) -> None:
        access = way(
            Provider.DATAFORDELER_GRAPHQL,
            datafordeler={"api_key": "key", "token_url": "https://auth.test/token", "client_id": "client"},
        )
        assert secrets(access) == {"apiKey": "key"}
        assert access.grant is None, "key and header together are refused"

    def test_a_secret_needs_no_certificate(self) -> None:
        access = way(
            Provider.DATAFORDELER_GRAPHQL,
            certificate={"file": "cvr.p12"},
            datafordeler={
                "token_url": "https://auth.test/token",
                "client_id": "client",
                "client_secret": "word",
            },
        )
        assert access.grant is not None
        assert access.grant.method == "client_secret_post"
        assert access.certificate is None

    def test_without_a_secret_the_certificate_says_who_we_are(self) -> None:
        access = way(
            Provider.DATAFORDELER_GRAPHQL,
            certificate={"file": "cvr.p12"},
            datafordeler={"token_url": "https://auth.test/token", "client_id": "client"},
        )
        assert access.grant is not None
        assert access.grant.method == "none"
        assert access.certificate is not None
        assert not access.missing

    def test_what_a_token_needs_is_told_line_by_line(self) -> None:
        access = way(Provider.DATAFORDELER_GRAPHQL, datafordeler={"token_url": "https://auth.test/token"})
        assert access.missing == (
            "REGISTERBRO_CVR__DATAFORDELER__CLIENT_ID: is missing",
            "REGISTERBRO_CVR__DATAFORDELER__CLIENT_SECRET: is missing, and so is REGISTERBRO_CVR__CERTIFICATE__FILE",
        )


class TestLogic:
    """Four identifiers and a scope."""

    def test_nothing_configured_names_every_setting(self) -> None:
        assert way(Provider.KMD_LOGIC).missing == (
            "REGISTERBRO_CVR__LOGIC__CLIENT_ID: is missing",
            "REGISTERBRO_CVR__LOGIC__CLIENT_SECRET: is missing",
            "REGISTERBRO_CVR__LOGIC__SCOPE: is missing",
            "REGISTERBRO_CVR__LOGIC__SUBSCRIPTION_ID: is missing",
            "REGISTERBRO_CVR__LOGIC__CONFIGURATION_ID: is missing",
        )

    def test_a_token_for_the_scope_and_the_subscriptions_path(self) -> None:
        access = way(Provider.KMD_LOGIC, logic=LOGIC)
        assert access.url == f"https://gateway.kmdlogic.io/cvr/v1/subscriptions/{GUID}/cvr"
        assert access.grant is not None
        assert access.grant.scope == "scope"
        assert not access.query
        assert not access.missing


def test_another_configuration_is_another_identity_and_a_new_secret_is_not() -> None:
    identity = way(Provider.KMD_LOGIC, logic=LOGIC).identity
    assert way(Provider.KMD_LOGIC, logic=LOGIC | {"client_secret": "new"}).identity == identity
    assert way(Provider.KMD_LOGIC, logic=LOGIC | {"configuration_id": OTHER}).identity != identity
    assert way(Provider.KMD_LOGIC, logic=LOGIC | {"subscription_id": OTHER}).identity != identity
    assert way(Provider.DATAFORDELER_GRAPHQL).identity != way(Provider.DATAFORDELER_REST).identity
    assert GUID not in identity


@pytest.mark.parametrize(
    "url",
    [
        "https://user:a-secret@register.test",
        "https://register.test/CVR/v2?apiKey=a-secret",
        "https://a-secret:b@c@register.test",
        "https://register.test:a-secret",
        "ftp://a-secret",
        "https://",
    ],
)
def test_an_address_that_would_be_shown_holds_no_secret(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CvrSettings.model_validate({"datafordeler": {"graphql_url": url}})
    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8101", "https://[::1]:8102/CVR/v2", "https://graphql.test/CVR/v2/", "HTTPS://x"]
)
def test_an_address_may_have_a_port_and_a_path(url: str) -> None:
    settings = CvrSettings.model_validate({"datafordeler": {"graphql_url": url, "token_url": f"{url}?a=b"}})
    assert settings.datafordeler.graphql_url == url


def test_chosen_fields_are_shown_as_they_are_written() -> None:
    shown = dict(effective(CvrSettings()))
    assert shown["REGISTERBRO_UPDATE_FIELDS"] == "address,email,industry,name,phone"
    assert CvrSettings.model_validate({"update_fields": shown["REGISTERBRO_UPDATE_FIELDS"]}) == CvrSettings()
