"""What ``make test`` does before the tests."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support import chromium, ftp, prepare, rabbitmq


def test_nothing_is_done_where_all_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "_apt", lambda *_: pytest.fail("nothing to install"))
    monkeypatch.setattr(prepare, "is_rabbitmq_there", lambda: True)
    monkeypatch.setattr(ftp, "installed", lambda _: Path("/"))
    monkeypatch.setattr(chromium, "program", lambda: "/usr/bin/chromium")
    assert prepare.main() == 0
    assert capsys.readouterr().err == ""


def test_who_may_not_install_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: str) -> Path:
        raise ftp.ServerMissing("install vsftpd")

    monkeypatch.setattr(prepare, "is_rabbitmq_there", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(ftp, "installed", refuse)
    monkeypatch.setattr(chromium, "program", lambda: None)
    assert prepare.main() == 1
    said = capsys.readouterr().err
    assert "apt-get install rabbitmq-server" in said
    assert "install vsftpd" in said
    assert "apt-get install chromium" in said


def test_root_on_debian_installs_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(prepare, "_apt", lambda *arguments: asked.append(arguments))
    monkeypatch.setattr(prepare, "is_rabbitmq_there", lambda: False)
    monkeypatch.setattr(chromium, "program", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(prepare, "POLICY", tmp_path / "policy-rc.d")
    prepare.prepare_rabbitmq()
    prepare.prepare_chromium()
    assert [arguments[0] for arguments in asked] == ["update", "install"] * 2
    assert "rabbitmq-server" in asked[1]
    assert "chromium" in asked[3]


def test_an_installation_that_fails_says_why_and_what_else_can_be_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: str) -> None:
        raise prepare.NotPrepared("no network")

    monkeypatch.setattr(prepare, "_apt", fail)
    monkeypatch.setattr(chromium, "program", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    with pytest.raises(prepare.NotPrepared, match=r"no network\n.*REGISTERBRO_TEST_CHROMIUM"):
        prepare.prepare_chromium()


def test_a_browser_is_named_by_the_environment_or_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGISTERBRO_TEST_CHROMIUM", raising=False)
    there = {"chromium-browser": "/usr/bin/chromium-browser"}
    monkeypatch.setattr(shutil, "which", there.get)
    assert chromium.program() == "/usr/bin/chromium-browser"
    there.clear()
    assert chromium.program() is None
    monkeypatch.setenv("REGISTERBRO_TEST_CHROMIUM", "/opt/chrome")
    assert chromium.program() == "/opt/chrome"


async def test_without_a_browser_the_tests_fail_and_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chromium, "program", lambda: None)
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        async with chromium.launched():
            pass


@pytest.mark.parametrize("existing", [None, "#!/bin/sh\nexit 0\n"])
def test_services_stay_down_while_packages_are_installed(tmp_path: Path, existing: str | None) -> None:
    policy = tmp_path / "policy-rc.d"
    if existing:
        policy.write_text(existing)
    with prepare.services_stay_down(policy):
        assert policy.read_text() == (existing or prepare.DO_NOT_START)
        assert existing or policy.stat().st_mode & 0o111
    assert (policy.read_text() if policy.exists() else None) == existing


@pytest.mark.parametrize(
    "environment", [{"REGISTERBRO_TEST_RABBITMQ": "amqp://host"}, {"REGISTERBRO_TEST_CONTAINERS": "1"}]
)
def test_a_broker_named_by_the_environment_needs_no_installation(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.setattr(rabbitmq, "SCRIPTS", ())
    assert prepare.is_rabbitmq_there(environment)
    assert not prepare.is_rabbitmq_there({})


def test_without_a_broker_the_tests_fail_and_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("REGISTERBRO_TEST_RABBITMQ", "REGISTERBRO_TEST_CONTAINERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(rabbitmq, "SCRIPTS", ())
    with (
        pytest.raises(pytest.fail.Exception, match="apt-get install rabbitmq-server"),
        rabbitmq.broker(tmp_path),
    ):
        pass
