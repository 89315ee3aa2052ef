"""A real RabbitMQ for the tests: from ``REGISTERBRO_TEST_RABBITMQ``, from Docker, or this machine's ``rabbitmq-server``.

The node that is started here has its own name, ports, port mapper and directories, and ends with this process, however
that ends; a service of the operating system is neither needed nor touched. Each test gets a virtual host of its own.
Tests that use it belong to the xdist group ``rabbitmq``, so that one node serves a run.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from testcontainers.core.container import DockerContainer

LETTERS = str.maketrans("0123456789", "ghijklmnop")  # digits could be shaped like a personal number

IMAGE = "rabbitmq:4-management"
SCRIPTS = (
    Path(
        "/usr/lib/rabbitmq/bin/rabbitmq-server"
    ),  # Debian's; the one in /usr/sbin insists on the service's user
    Path("/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server"),
    Path("/usr/local/opt/rabbitmq/sbin/rabbitmq-server"),
)
BOOT_SECONDS = 60
MISSING = (
    "These tests need a RabbitMQ and found none. Give them one of: REGISTERBRO_TEST_RABBITMQ=amqp://user:password@host:5672 "
    "(with the management plugin; its address in REGISTERBRO_TEST_RABBITMQ_MANAGEMENT, default http://host:15672), "
    "Docker and REGISTERBRO_TEST_CONTAINERS=1, or a local one: apt-get install rabbitmq-server (brew install rabbitmq)."
)


class Broker:
    """A broker under test: its URL, and what the tests need to see or do beyond AMQP."""

    def __init__(self, amqp_url: str, management_url: str, restart: Callable[[], None] | None = None) -> None:
        self.amqp_url = amqp_url
        self._restart = restart
        self._is_ours = restart is not None
        parts = urlsplit(amqp_url)
        self._api = httpx.Client(
            base_url=f"{management_url}/api/",
            auth=(parts.username or "guest", parts.password or "guest"),
            timeout=30,
        )

    def wait_until_ready(self) -> None:
        """Returns when the broker listens and answers its API."""
        deadline = time.monotonic() + BOOT_SECONDS
        while not self._listens():
            if time.monotonic() > deadline:
                raise TimeoutError("RabbitMQ did not become ready")
            time.sleep(0.1)

    def _listens(self) -> bool:
        try:
            return self._api.get("health/checks/protocol-listener/amqp091").is_success
        except httpx.HTTPError:
            return False

    @contextlib.contextmanager
    def virtual_host(self) -> Iterator[str]:
        """The URL of a new virtual host, removed afterwards from a broker that outlives the tests.

        A broker of our own keeps them all: RabbitMQ 3.10 loses its dead-lettering for good when queues are removed
        while their dead-letter workers are starting.
        """
        name = f"test-{uuid.uuid4().hex[:12].translate(LETTERS)}"
        self._api.put(f"vhosts/{name}").raise_for_status()
        try:
            yield urlunsplit(urlsplit(self.amqp_url)._replace(path=f"/{name}"))
        finally:
            if not self._is_ours:
                self._api.delete(f"vhosts/{name}").raise_for_status()

    def interrupt(self) -> None:
        """Restarts the broker; one that is not ours to restart closes every test's connection instead.

        To be called from the main thread: on Linux a node ends with the thread that started it.
        """
        if self._restart is not None:
            self._restart()
            self.wait_until_ready()
            return
        for connection in self._api.get("connections").raise_for_status().json():
            if connection["vhost"].startswith("test-"):
                self._api.delete(f"connections/{connection['name']}")

    def close(self) -> None:
        """Ends the API client."""
        self._api.close()


@contextlib.contextmanager
def broker(directory: Path) -> Iterator[Broker]:
    """A broker from the first place that has one; fails with what to install where none has."""
    with contextlib.ExitStack() as stack:
        if url := os.environ.get("REGISTERBRO_TEST_RABBITMQ"):
            host = urlsplit(url).hostname
            management = os.environ.get("REGISTERBRO_TEST_RABBITMQ_MANAGEMENT", f"http://{host}:15672")
            found = Broker(url, management)
        elif os.environ.get("REGISTERBRO_TEST_CONTAINERS") == "1":
            found = stack.enter_context(_container())
        elif script := next((script for script in SCRIPTS if script.exists()), None):
            node = stack.enter_context(Node(script, directory))
            found = Broker(node.amqp_url, node.management_url, node.restart)
        else:
            pytest.fail(MISSING, pytrace=False)
        stack.callback(found.close)
        found.wait_until_ready()
        yield found


@contextlib.contextmanager
def _container() -> Iterator[Broker]:
    with DockerContainer(IMAGE).with_exposed_ports(5672, 15672) as container:
        host = container.get_container_host_ip()
        yield Broker(
            f"amqp://guest:guest@{host}:{container.get_exposed_port(5672)}",
            f"http://{host}:{container.get_exposed_port(15672)}",
        )


class Node:
    """A node started from the machine's binaries: a port mapper of its own, and the broker."""

    def __init__(self, script: Path, directory: Path) -> None:
        self._script = script
        self._directory = directory
        self._amqp, self._management, self._mapper, self._distribution = _free_ports(4)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.amqp_url = f"amqp://guest:guest@127.0.0.1:{self._amqp}"
        self.management_url = f"http://127.0.0.1:{self._management}"

    def __enter__(self) -> "Node":
        for folder in ("mnesia", "log"):
            (self._directory / folder).mkdir(parents=True)
        (self._directory / "enabled_plugins").write_text("[rabbitmq_management].")
        (self._directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._amqp}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self._management}\n"
            "disk_free_limit.absolute = 50MB\nmanagement_agent.disable_metrics_collector = true\n"
        )
        mapper = shutil.which("epmd") or "epmd"
        self._processes.append(self._start([mapper, "-port", str(self._mapper), "-address", "127.0.0.1"]))
        self._processes.append(self._start([str(self._script)]))
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            _stop(process)

    def restart(self) -> None:
        """Stops the broker in good order and starts it again on the same files and ports."""
        _stop(self._processes.pop())
        self._processes.append(self._start([str(self._script)]))

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._directory / "log" / "output").open("ab") as output:
            return subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - between fork and exec nothing but a system call
            )

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))
        }
        return kept | {
            "HOME": str(self._directory),  # where the Erlang cookie is made
            "ERL_EPMD_PORT": str(self._mapper),
            "RABBITMQ_NODENAME": f"registerbro-{self._amqp}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self._directory / "rabbitmq-env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self._directory / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._directory / "log"),
            "RABBITMQ_PID_FILE": str(self._directory / "pid"),
            "RABBITMQ_ALLOW_INPUT": "true",  # the script becomes the broker, so that a signal reaches it
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The run's broker."""
    with broker(tmp_path_factory.mktemp("rabbitmq")) as found:
        yield found


@pytest.fixture
def rabbitmq_url(rabbitmq: Broker) -> Iterator[str]:
    """A virtual host of the test's own."""
    with rabbitmq.virtual_host() as url:
        yield url
