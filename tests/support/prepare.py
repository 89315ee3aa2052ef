"""Gets what the tests need beyond Python: ``python -m tests.support.prepare``, run by ``make test``.

On Debian, as root, it installs Chromium, and RabbitMQ without starting its service, and fetches the FTP servers. Elsewhere
it says what to install and ends with exit code 1. It does nothing where all is there, or is said to be elsewhere by environment.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support import chromium, ftp, rabbitmq

POLICY = Path("/usr/sbin/policy-rc.d")  # Debian's switch: exit code 101 keeps services from being started
DO_NOT_START = "#!/bin/sh\nexit 101\n"


class NotPrepared(Exception):
    """Something is missing and cannot be installed from here; the message says what to do."""


def main() -> int:
    """Exit code 0 when the tests find what they need."""
    problems = []
    for step in (prepare_rabbitmq, prepare_ftp_servers, prepare_chromium):
        try:
            step()
        except (NotPrepared, ftp.ServerMissing) as problem:
            problems.append(str(problem))
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


def is_rabbitmq_there(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the tests will find a RabbitMQ, from the places that they look in."""
    return (
        "REGISTERBRO_TEST_RABBITMQ" in environment
        or environment.get("REGISTERBRO_TEST_CONTAINERS") == "1"
        or any(script.exists() for script in rabbitmq.SCRIPTS)
    )


def prepare_rabbitmq() -> None:
    """Installs Debian's rabbitmq-server where none is there."""
    if not is_rabbitmq_there():
        with services_stay_down(POLICY):
            _install("rabbitmq-server", rabbitmq.MISSING)


def prepare_chromium() -> None:
    """Installs Debian's chromium where no browser is there; fonts for right-to-left text come with it."""
    if chromium.program() is None:
        _install("chromium", chromium.MISSING)


def prepare_ftp_servers() -> None:
    """Fetches vsftpd, proftpd and OpenSSH's server where they are missing; none is installed, and none starts by itself."""
    for kind in ftp.PACKAGES:
        try:
            ftp.installed(kind)
        except ftp.ServerMissing:  # a machine that never read the lists of packages
            if not shutil.which("apt-get") or os.geteuid() != 0:
                raise
            _apt("update")
            ftp.installed(kind)


@contextlib.contextmanager
def services_stay_down(policy: Path) -> Iterator[None]:
    """Packages that are installed in this block do not start their services; an existing policy stays as it is."""
    is_ours = not policy.exists()
    if is_ours:
        policy.write_text(DO_NOT_START)
        policy.chmod(0o755)
    try:
        yield
    finally:
        if is_ours:
            policy.unlink()


def _install(package: str, otherwise: str) -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NotPrepared(otherwise)
    print(f"installing {package} for the tests", flush=True)
    try:
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", package)
    except NotPrepared as failed:
        raise NotPrepared(f"{failed}\n{otherwise}") from None


def _apt(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", "-q", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotPrepared(f"`apt-get {' '.join(arguments)}` failed:\n{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
