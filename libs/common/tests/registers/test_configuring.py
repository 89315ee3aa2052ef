"""The vendor's keys in ``appsettings.json``, and the command that writes it."""

import json
import stat
from pathlib import Path

import pytest
import typer
from pydantic import Field, SecretStr
from registerbro import settings
from registerbro.registers import configuring
from registerbro.registers.settings import CvrSettings
from registerbro.settings import ProcessSettings, SettingsInvalid, load
from typer.testing import CliRunner

GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
SECRET = "the-secret-of-logic"
FLAT = {
    "LogicClientId": GUID,
    "LOGICCLIENTSECRET": SECRET,
    "logicCvrSubscriptionId": GUID,
    "LogicCvrConfigurationId": GUID,
    "LogicScope": "https://logic.test/.default",
    "OAuth2ServerUrl": "https://console.test",
}
IDS = [
    f"--logic-client-id={GUID}",
    f"--logic-subscription-id={GUID}",
    f"--logic-configuration-id={GUID}",
    "--logic-scope=https://logic.test/.default",
]


class CvrProcess(ProcessSettings):
    cvr: CvrSettings = Field(default=CvrSettings())


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "appsettings.json"
    monkeypatch.setenv(settings.FILE, str(path))
    return path


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command("configure")(configuring.command({"cvr": CvrSettings}))
    return made


class TestVendorKeys:
    """Read as they are."""

    def test_flat_keys_in_any_case_are_the_sections_settings(self, file: Path) -> None:
        file.write_text("\ufeff" + json.dumps(FLAT), encoding="utf-8")
        logic = load(CvrProcess).cvr.logic
        assert logic is not None
        assert (str(logic.client_id), str(logic.configuration_id)) == (GUID, GUID)
        assert logic.client_secret == SecretStr(SECRET)
        assert logic.scope == "https://logic.test/.default"

    def test_what_the_section_says_goes_before(self, file: Path) -> None:
        file.write_text(json.dumps(FLAT | {"cvr": {"lookups": "kmd-logic", "logic": {"scope": "ours"}}}))
        cvr = load(CvrProcess).cvr
        assert cvr.logic is not None
        assert (cvr.logic.scope, cvr.lookups) == ("ours", "kmd-logic")

    def test_a_key_that_is_missing_is_named_as_a_variable(self, file: Path) -> None:
        file.write_text(json.dumps({"LogicClientId": GUID, "LogicClientSecret": SECRET}))
        with pytest.raises(SettingsInvalid) as caught:
            load(CvrProcess)
        assert "REGISTERBRO_CVR__LOGIC__SCOPE: is missing" in caught.value.problems
        assert SECRET not in str(caught.value)

    def test_a_section_that_is_no_object_is_told(self, file: Path) -> None:
        file.write_text(json.dumps(FLAT | {"cvr": "odd"}))
        with pytest.raises(SettingsInvalid, match="REGISTERBRO_CVR"):
            load(CvrProcess)


class TestCommand:
    """Writes what is given, and nothing that would not do."""

    def test_a_new_file_is_readable_for_its_owner_alone(self, file: Path, app: typer.Typer) -> None:
        result = CliRunner().invoke(app, [*IDS, "--logic-secret-file=-"], input=f"{SECRET}\n")
        assert result.exit_code == 0, result.output
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [path.name for path in file.parent.iterdir()] == [file.name]
        logic = load(CvrProcess).cvr.logic
        assert logic is not None
        assert logic.client_secret == SecretStr(SECRET)

    def test_what_is_shown_masks_secrets(self, file: Path, app: typer.Typer) -> None:
        file.write_text(json.dumps(FLAT))
        result = CliRunner().invoke(app, ["--show"])
        assert GUID in result.stdout
        assert "LogicClientSecret        ***" in result.stdout
        assert SECRET not in result.output
        assert json.loads(file.read_text()) == FLAT

    def test_other_settings_stay_and_flat_keys_move_into_their_section(
        self, file: Path, app: typer.Typer, tmp_path: Path
    ) -> None:
        file.write_text(json.dumps(FLAT | {"log": {"level": "debug"}, "cvr": {"lookups": "kmd-logic"}}))
        (tmp_path / "secret").write_text("another-secret\nnot this\n")
        arguments = [f"--logic-secret-file={tmp_path / 'secret'}", "--odata-server-url=https://odata.test"]
        assert CliRunner().invoke(app, arguments).exit_code == 0
        content = json.loads(file.read_text())
        assert content["log"] == {"level": "debug"}
        assert content["cvr"]["lookups"] == "kmd-logic"
        assert content["cvr"]["logic"]["client_secret"] == "another-secret"
        assert content["cvr_subscription"] == {
            "oauth2_server_url": "https://console.test",
            "odata_server_url": "https://odata.test",
        }
        assert not set(content) & set(FLAT)

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (IDS, "REGISTERBRO_CVR__LOGIC__CLIENT_SECRET: is missing"),
            (["--logic-subscription-id=not-a-guid"], "REGISTERBRO_CVR__LOGIC__SUBSCRIPTION_ID"),
            (["--logic-secret-file=/nowhere"], "/nowhere: No such file"),
            (["--ask"], "there is nobody to ask"),
        ],
    )
    def test_what_would_not_do_is_not_written(
        self, file: Path, app: typer.Typer, arguments: list[str], reason: str
    ) -> None:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert reason in result.stderr
        assert not file.exists()

    @pytest.mark.parametrize("content", ["{", "[]", "\x00"])
    def test_a_file_that_is_no_settings_file_is_left_alone(
        self, file: Path, app: typer.Typer, content: str
    ) -> None:
        file.write_text(content)
        result = CliRunner().invoke(app, ["--oauth2-client-id=batch"])
        assert result.exit_code == 2
        assert str(file) in result.stderr
        assert file.read_text() == content

    def test_secrets_are_asked_for_where_somebody_sits(
        self, file: Path, app: typer.Typer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file.write_text(json.dumps(FLAT))
        monkeypatch.setattr("registerbro.registers.configuring._is_typed", lambda: True)
        result = CliRunner().invoke(app, ["--ask"], input="a-typed-secret\n\n")
        assert result.exit_code == 0, result.output
        assert "a-typed-secret" not in result.output
        content = json.loads(file.read_text())
        assert content["cvr"]["logic"]["client_secret"] == "a-typed-secret"
        assert "oauth2_client_secret" not in content["cvr_subscription"]

    def test_no_option_takes_a_secret(self, app: typer.Typer) -> None:
        result = CliRunner().invoke(app, [f"--logic-client-secret={SECRET}"])
        assert result.exit_code == 2
