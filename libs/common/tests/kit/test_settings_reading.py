"""Settings: where they come from, what is refused and how, and what is shown of them."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr
from registerbro import settings
from registerbro.settings import (
    Origin,
    SecretUrl,
    Section,
    Settings,
    SettingsInvalid,
    effective,
    load,
    load_or_exit,
    origins,
)


class DemoSection(Section):
    host: str
    port: int = Field(default=21, ge=1, le=65535)
    rate: float | None = Field(default=10, gt=0)
    password: SecretStr | None = None


class DemoSettings(Settings):
    """A service's settings: the shared sections and one of its own."""

    cpr_batch: DemoSection


GOOD = {
    "REGISTERBRO_DATABASE__URL": "postgresql://user:secret-word@localhost/store",
    "REGISTERBRO_BUS__URL": "amqps://user:secret-word@localhost/",
    "REGISTERBRO_AUTH__ISSUER": "https://issuer.test",
    "REGISTERBRO_AUTH__JWKS_URL": "https://issuer.test/jwks",
    "REGISTERBRO_AUDIT__KEY": "secret-word" * 4,
    "REGISTERBRO_CPR_BATCH__HOST": "ftp.test",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A complete environment, in a directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(settings.SECRETS, str(tmp_path / "secrets"))
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems() -> tuple[str, ...]:
    with pytest.raises(SettingsInvalid) as caught:
        load(DemoSettings)
    return caught.value.problems


def test_environment_before_secret_file_before_settings_file_before_default(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    section = {"host": "from-file", "port": 1001, "password": "from-file"}
    (tmp_path / "appsettings.json").write_text(json.dumps({"cpr_batch": section, "http": {"port": 7}}))
    (tmp_path / "secrets" / "registerbro_cpr_batch__password").write_text("from-secret\n")
    (tmp_path / "secrets" / "registerbro_cpr_batch__host").write_text("from-secret")
    read = load(DemoSettings)
    assert read.cpr_batch.host == "ftp.test"
    assert read.cpr_batch.password == SecretStr("from-secret")
    assert read.cpr_batch.port == 1001
    assert (read.http.port, read.http.drain_seconds) == (7, 20)


def test_settings_file_named_by_the_environment(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(json.dumps({"log": {"level": "debug"}}))
    environment.setenv(settings.FILE, str(elsewhere))
    assert load(DemoSettings).log.level == "debug"


def test_named_settings_file_that_is_not_there_is_a_problem(environment: pytest.MonkeyPatch) -> None:
    environment.setenv(settings.FILE, "/nowhere/appsettings.json")
    assert problems() == ("REGISTERBRO_APPSETTINGS: there is no such file",)


def test_every_problem_is_one_line_and_tells_no_value(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("REGISTERBRO_AUDIT__KEY")
    environment.delenv("REGISTERBRO_CPR_BATCH__HOST")
    environment.setenv("REGISTERBRO_BUS__URL", "http://user:secret-word@localhost/")
    environment.setenv("REGISTERBRO_HTTP__PORT", "secret-word")
    environment.setenv("REGISTERBRO_DATABSE__URL", "secret-word")
    with pytest.raises(SystemExit) as exit_:
        load_or_exit(DemoSettings)
    assert exit_.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert sorted(lines) == [
        "settings: REGISTERBRO_AUDIT__KEY: is missing",
        "settings: REGISTERBRO_BUS__URL: must begin with amqp://, amqps:// or in-process:",
        "settings: REGISTERBRO_CPR_BATCH__HOST: is missing",
        "settings: REGISTERBRO_DATABSE__URL: no such setting; did you mean REGISTERBRO_DATABASE__URL?",
        "settings: REGISTERBRO_HTTP__PORT: Input should be a valid integer, unable to parse string as an integer",
    ]


def test_sections_of_other_services_are_their_business(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("REGISTERBRO_CVR_UPDATE__WHATEVER", "1")
    (tmp_path / "appsettings.json").write_text(json.dumps({"console": {"whatever": 1}}))
    assert load(DemoSettings).cpr_batch.host == "ftp.test"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (
            "REGISTERBRO_CPR_BATCH__HOTS",
            "REGISTERBRO_CPR_BATCH__HOTS: no such setting; did you mean REGISTERBRO_CPR_BATCH__HOST?",
        ),
        ("REGISTERBRO_XYZZY", "REGISTERBRO_XYZZY: no such setting"),
        (
            "registerbro_log__levl",
            "REGISTERBRO_LOG__LEVL: no such setting; did you mean REGISTERBRO_LOG__LEVEL?",
        ),
    ],
)
def test_unknown_variable_with_our_prefix(environment: pytest.MonkeyPatch, name: str, problem: str) -> None:
    environment.setenv(name, "x")
    assert problems() == (problem,)


def test_unknown_secret_file_and_unknown_key_in_the_settings_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "registerbro_audit__kay").write_text("x")
    (tmp_path / "secrets" / "somebody_elses").write_text("x")
    (tmp_path / "appsettings.json").write_text(json.dumps({"logg": {"level": "info"}, "http": {"prot": 1}}))
    assert sorted(problems()) == [
        "REGISTERBRO_AUDIT__KAY: no such setting; did you mean REGISTERBRO_AUDIT__KEY?",
        "REGISTERBRO_HTTP__PROT: no such setting; did you mean REGISTERBRO_HTTP__PORT?",
        "REGISTERBRO_LOGG: no such setting",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{\n  broken", "not valid JSON (line 2)"),
        (b"[1]", "must hold one JSON object"),
        (b'{"x": "\xff"}', "not valid JSON (not UTF-8)"),
    ],
)
def test_unreadable_settings_file(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "appsettings.json").write_bytes(content)
    assert problems() == (f"appsettings.json: {problem}",)


def test_an_empty_variable_counts_as_not_set(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REGISTERBRO_HTTP__PORT", "")
    assert load(DemoSettings).http.port is None


@pytest.mark.parametrize("names", [(), ("PUBLIC_KEY", "JWKS_URL"), ("DEVELOPMENT_KEY", "PUBLIC_KEY")])
def test_exactly_one_source_of_keys(environment: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    environment.delenv("REGISTERBRO_AUTH__JWKS_URL")
    for name in names:
        environment.setenv(f"REGISTERBRO_AUTH__{name}", "https://x" if "URL" in name else "-----BEGIN")
    assert problems() == ("REGISTERBRO_AUTH: set exactly one of jwks_url, public_key and development_key",)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS255"])
def test_only_public_key_signatures_can_be_configured(
    environment: pytest.MonkeyPatch, algorithm: str
) -> None:
    environment.setenv("REGISTERBRO_AUTH__ALGORITHMS", f"ES256, {algorithm}")
    assert len(problems()) == 1
    assert problems()[0].startswith(f"REGISTERBRO_AUTH__ALGORITHMS: {algorithm}: not among")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SECRETS__KEYS", "too-short", "key 1 is no Fernet key; make one with `registerbro secrets key`"),
        ("AUTH__PUBLIC_KEY", "/no/such.pem", "neither a key in PEM form nor the path of a readable file"),
    ],
)
def test_unusable_keys(environment: pytest.MonkeyPatch, name: str, value: str, problem: str) -> None:
    environment.delenv("REGISTERBRO_AUTH__JWKS_URL")
    environment.setenv("REGISTERBRO_AUTH__PUBLIC_KEY", "-----BEGIN")
    environment.setenv(f"REGISTERBRO_{name}", value)
    assert problems() == (f"REGISTERBRO_{name}: {problem}",)


def test_what_is_shown_holds_no_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REGISTERBRO_CPR_BATCH__PASSWORD", "secret-word")
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    environment.setenv("REGISTERBRO_SECRETS__KEYS", ", ".join(keys))
    read = load(DemoSettings)
    shown = dict(effective(read))
    assert shown["REGISTERBRO_DATABASE__URL"] == "postgresql://user:***@localhost/store"
    assert shown["REGISTERBRO_CPR_BATCH__PORT"] == "21"
    assert shown["REGISTERBRO_SECRETS__KEYS"] == "**********,**********"
    assert [key.get_secret_value() for key in read.secrets.keys] == keys
    for secret in ("secret-word", *keys):
        assert secret not in f"{shown}{read!r}{read}{read.model_dump()}"


def test_shown_settings_can_be_read_again(environment: pytest.MonkeyPatch) -> None:
    before = load(DemoSettings)
    for name, value in effective(before):
        if "***" not in value:
            environment.setenv(name, value)
    assert load(DemoSettings) == before


def test_the_word_none_unsets_what_is_set_unless_told_otherwise(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REGISTERBRO_CPR_BATCH__RATE", "")
    assert load(DemoSettings).cpr_batch.rate == 10
    for word in ("none", "None"):
        environment.setenv("REGISTERBRO_CPR_BATCH__RATE", word)
        assert load(DemoSettings).cpr_batch.rate is None


def test_the_word_none_is_a_value_like_any_other_elsewhere(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REGISTERBRO_CPR_BATCH__PASSWORD", "none")
    assert load(DemoSettings).cpr_batch.password == SecretStr("none")
    environment.setenv("REGISTERBRO_CPR_BATCH__PORT", "none")
    assert [each.partition(":")[0] for each in problems()] == ["REGISTERBRO_CPR_BATCH__PORT"]


def test_settings_cannot_be_changed(environment: pytest.MonkeyPatch) -> None:
    read = load(DemoSettings)
    with pytest.raises(ValueError, match="frozen"):
        read.log = settings.LogSettings()


WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


@given(user=WORD, password=WORD.map("pw-{}".format), host=WORD)
def test_a_url_is_shown_without_its_password(user: str, password: str, host: str) -> None:
    for url in (f"amqp://{user}:{password}@{host}/", f"postgresql:///x?host={host}&password={password}"):
        assert password not in str(SecretUrl(url))
        assert host in str(SecretUrl(url))


def test_origins_name_the_source_that_wins(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "registerbro_cpr_batch__host").write_text("from-secret")
    (tmp_path / "secrets" / "registerbro_cpr_batch__password").write_text("from-secret")
    section = {"host": "from-file", "port": 1001}
    (tmp_path / "appsettings.json").write_text(json.dumps({"cpr_batch": section, "http": {"port": 7}}))
    found = origins(DemoSettings)
    assert found["cpr_batch", "host"] is Origin.ENVIRONMENT
    assert found["cpr_batch", "password"] is Origin.SECRET_FILE
    assert found["cpr_batch", "port"] is Origin.FILE
    assert found["http", "port"] is Origin.FILE
    assert ("http", "host") not in found


def test_a_port_that_leaves_no_room_for_the_internal_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REGISTERBRO_HTTP__PORT", "64536")
    assert "port: above 64535" in problems()[0]
    environment.setenv("REGISTERBRO_HTTP__INTERNAL_PORT", "9002")
    assert load(DemoSettings).http.port == 64536
