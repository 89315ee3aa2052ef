"""Who is subscribed at KMD Logic, by configuration: a log of words that survives a restart, ``.sandbox/logic-subscriptions.jsonl``."""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from registerbro_sandbox import hidden, json_lines

_FILE = "logic-subscriptions.jsonl"


class Subscriptions:
    """What is subscribed, and since when; several processes may look and say at once."""

    def __init__(self, directory: Path) -> None:
        self._path = hidden.own_directory(directory) / _FILE
        self._tail = json_lines.Tail(self._path)
        self._lock = threading.Lock()
        self._since: dict[str, dict[str, dt.datetime]] = defaultdict(dict)

    def of(self, configuration: str) -> Mapping[str, dt.datetime]:
        """The world's object ids that are subscribed in a configuration, and since when."""
        with self._lock:
            self._take_in()
            return self._since[configuration]

    def all(self) -> Mapping[str, Mapping[str, dt.datetime]]:
        """As ``of``, for each configuration."""
        with self._lock:
            self._take_in()
            return {configuration: dict(since) for configuration, since in self._since.items()}

    def say(self, configuration: str, object_id: str, *, is_on: bool) -> bool:
        """A unit is subscribed, or no longer; False if that was so already."""
        with self._lock:
            self._take_in()
            if (object_id in self._since[configuration]) == is_on:
                return False
            at = dt.datetime.now(dt.UTC).isoformat()
            line = {"configuration": configuration, "object": object_id, "on": is_on, "at": at}
            json_lines.append(self._path, line, is_synced=False)
            self._take_in()
            return True

    def _take_in(self) -> None:
        for line in self._tail.news():
            since = self._since[line["configuration"]]
            if line["on"]:
                since.setdefault(line["object"], dt.datetime.fromisoformat(line["at"]))
            else:
                since.pop(line["object"], None)
