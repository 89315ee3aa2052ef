"""How a very large file is imported: one process and two, one file and thirty, and whether memory stays flat.

``make bench-large`` (or ``python -m tests.benchmarks.large_import --persons 1000000 --json result.json``). Everything goes
through the command ``cpr-batch``, each process told by the environment as in production, on a Postgres of the benchmark's own
with its default settings. Every import is a first load into an empty store; the change file follows the first of them:

* ``baseline``     one file of ``--baseline`` persons: the memory that the others are held against
* ``one file``     all persons, each person's records standing together
* ``change file``  the day after, on top of it (left out with ``--no-change``)
* ``thirty files`` the same persons in ``--files`` files, families torn apart, imported by two processes at once
* ``scattered``    all persons, every record 003 after everything else, so that they are grouped through bucket files

After each it is counted that every person is in the store once, and that no event was made twice.
"""

import argparse
import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import LiteralString

import psycopg
from registerbro.cpr.framing import raw_records
from registerbro.cpr.writer import Form, write_record
from registerbro.database import migrate
from registerbro_local.postgres import embedded_server, ensure_database
from registerbro_sandbox.persons import Change, Delivery, Population, World, write_changes, write_extract
from registerbro_sandbox.persons.delivery import Layout
from rich.console import Console
from rich.table import Table

BIN = Path(sys.executable).parent
FIRST_DAY = dt.date(2026, 11, 23)
CHANGE_DAY = dt.date(2026, 11, 24)
SEED = 1
_EVENTS: LiteralString = "select count(*) from outbox where routing_key like 'contact.%'"
_REPEATED: tuple[LiteralString, ...] = (
    (
        "select count(*) from (select from contact where name_type = 'C' and merged_into is null"
        " group by name_code having count(*) > 1) as twice"
    ),
    (
        "select count(*) from (select from outbox where routing_key = 'contact.imported'"
        " group by body::jsonb #>> '{data,contact_id}' having count(*) > 1) as twice"
    ),
    (
        "select count(*) from (select from outbox where routing_key like 'contact.%' group by type,"
        " body::jsonb #>> '{data,contact_id}', body::jsonb #>> '{data,version}' having count(*) > 1) as twice"
    ),
)
PERSONS_PER_SECOND = 1500  # a cautious guess, for the estimate alone
FLAT = 1.25  # peak memory may be this many times the baseline's


class Failed(Exception):
    """A process ended badly, or the store does not hold what it should."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """One import: times in seconds, the peak memory of each process in MiB; ``repeated`` are persons or events found twice."""

    name: str
    persons: int
    files: int
    megabytes: float
    seconds: float
    peaks_mib: tuple[int, ...]
    contacts: int
    events: int
    outcomes: int  # persons of the files that have an outcome with a contact
    repeated: int

    @property
    def speed(self) -> float:
        """Persons a second, all processes together."""
        return self.persons / self.seconds


@dataclasses.dataclass(frozen=True)
class Bench:
    """Where the benchmark works."""

    server_url: str
    directory: Path

    @contextlib.contextmanager
    def store(self, name: str) -> Iterator["Store"]:
        """An empty store with an interim directory, both gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.directory) as interim:
            url = ensure_database(self.server_url, name)
            migrate(url)
            environment = {
                key: value for key, value in os.environ.items() if not key.startswith("REGISTERBRO_")
            }
            environment |= {
                "REGISTERBRO_DATABASE__URL": url,
                "REGISTERBRO_CPR_BATCH__INTERIM_DIRECTORY": interim,
                "REGISTERBRO_LOG__LEVEL": "warning",
            }
            _run(environment, [BIN / "registerbro", "migrate"])
            _run(environment, [BIN / "registerbro", "feature", "on", "CPR"])
            yield Store(url, Path(interim), environment)
        with psycopg.connect(self.server_url, autocommit=True) as server:
            server.execute(f'drop database "{name}" with (force)')


@dataclasses.dataclass(frozen=True)
class Store:
    """A store under measurement."""

    url: str
    interim: Path
    environment: dict[str, str]

    def measure(self, name: str, persons: int, *words: str, processes: int = 1) -> Measured:
        """Imports with so many processes at once, and counts what they left."""
        waiting = list(self.interim.glob("d??????.l??????"))
        before, known = self._count(_EVENTS), self.outcomes()
        started = time.perf_counter()
        peaks = _peaks(self.environment, [BIN / "cpr-batch", "import", *words, "--json"], processes)
        seconds = time.perf_counter() - started
        if left := list(self.interim.glob("d??????.l??????")):
            raise Failed(
                f"{name}: {len(left)} files were not imported, the first is {left[0].name}; {self.failures()}"
            )
        events, outcomes = self._count(_EVENTS) - before, self.outcomes() - known
        size = sum(path.stat().st_size for path in self.interim.glob("xd*")) / 1e6
        return Measured(
            name,
            persons,
            len(waiting),
            round(size),
            seconds,
            peaks,
            self.contacts(),
            events,
            outcomes,
            self.repeated(),
        )

    def failures(self) -> str:
        """Why runs failed."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "select state, coalesce(failure, '') as reason, count(*) from cpr_run group by 1, 2 order by 1, 2"
            ).fetchall()
        return "; ".join(" ".join(map(str, row)) for row in found)

    def contacts(self) -> int:
        """Persons in the store that are more than a number."""
        return self._count(
            "select count(*) from contact where name_type = 'C' and not is_placeholder and merged_into is null"
        )

    def outcomes(self) -> int:
        """Persons of all files of whom it is recorded which contact they are."""
        return self._count("select count(*) from cpr_outcome where contact_id is not null")

    def repeated(self) -> int:
        """Numbers with two contacts, contacts imported twice, and events that tell the same change of a contact twice."""
        return sum(map(self._count, _REPEATED))

    def _count(self, statement: LiteralString) -> int:
        with psycopg.connect(self.url) as connection:
            found = connection.execute(statement).fetchone()
        assert found is not None
        return int(found[0])


def _run(environment: dict[str, str], command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{command[-1]}: {done.stderr.strip()[-500:]}")


def _peaks(environment: dict[str, str], command: Sequence[str | Path], count: int) -> tuple[int, ...]:
    """Runs the command so many times at once; the peak memory of each process in MiB."""
    with tempfile.TemporaryFile() as said:
        running = [
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
            for _ in range(count)
        ]
        peaks, codes = [], []
        for process in running:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            peaks.append(usage.ru_maxrss // 1024)
            codes.append(process.returncode)
        if any(code not in (0, 3) for code in codes):
            said.seek(0)
            raise Failed(said.read().decode()[-500:].strip())
    return tuple(peaks)


def split(source: Path, target: Path, files: int) -> list[Path]:
    """The persons of a file over several, as a hash of the number has it: members of a family land anywhere.

    Each file is of a task of its own, with its own start and end record.
    """
    with contextlib.ExitStack() as stack:
        paths = [target / f"d{FIRST_DAY:%y%m%d}.l{700000 + number}" for number in range(files)]
        parts = [stack.enter_context(path.open("wb")) for path in paths]
        counts = [0] * files
        for number, part in enumerate(parts):
            part.write(
                write_record("000", task_number=f"{700000 + number}", production_date=FIRST_DAY).encode()
                + b"\n"
            )
        with source.open("rb") as file:
            for record in raw_records(file, Form.LINES):
                if record.data[:3] not in (b"000", b"999"):
                    place = hashlib.blake2b(record.data[3:13], digest_size=4).digest()
                    chosen = int.from_bytes(place, "big") % files
                    parts[chosen].write(record.data + b"\n")
                    counts[chosen] += 1
        for part, count in zip(parts, counts, strict=True):
            part.write(write_record("999", record_count=count).encode() + b"\n")
    return paths


def measure(bench: Bench, given: argparse.Namespace) -> Iterator[Measured]:
    """All of the imports, one after the other."""
    persons: int = given.persons
    with bench.store("baseline") as store:
        _write(store.interim, given.baseline)
        yield store.measure("baseline", given.baseline, "--all", "--initial-load")
    with bench.store("one") as store:
        world = World(Population(seed=SEED, size=persons))
        write_extract(store.interim, world.population, Delivery(FIRST_DAY))
        yield store.measure("one file", persons, "--all", "--initial-load")
        if given.change:
            change = Change(CHANGE_DAY, share=given.share)
            written = write_changes(store.interim, world, change, Delivery(CHANGE_DAY, previous=FIRST_DAY))
            yield store.measure("change file", written.persons, "--all")
    with bench.store("thirty") as store:
        source = _write(bench.directory, persons)
        split(source, store.interim, given.files)
        source.unlink()
        yield store.measure("thirty files", persons, "--all", "--initial-load", processes=given.processes)
    with bench.store("scattered") as store:
        _write(store.interim, persons, Layout(addresses_last=True))
        yield store.measure("scattered", persons, "--all", "--initial-load")


def _write(directory: Path, persons: int, layout: Layout = Layout()) -> Path:  # noqa: B008 (frozen)
    return write_extract(
        directory, Population(seed=SEED, size=persons), Delivery(FIRST_DAY, layout=layout)
    ).path


def verdicts(results: Sequence[Measured]) -> dict[str, bool]:
    """What had to be shown, and whether it was."""
    base = max(results[0].peaks_mib)
    whole = [each for each in results if each.name in ("one file", "scattered", "thirty files")]
    return {
        "memory is flat": all(peak <= base * FLAT for each in results for peak in each.peaks_mib),
        "every person of a first load has its contact": all(
            each.outcomes == each.persons for each in results if each.name != "change file"
        ),
        "the same persons make the same contacts": len({each.contacts for each in whole}) <= 1,
        "nothing is there twice": not any(each.repeated for each in results),
    }


def _row(each: Measured) -> tuple[str, ...]:
    peaks = " ".join(map(str, each.peaks_mib))
    return (
        each.name, f"{each.persons:,}", str(each.files), f"{each.megabytes:,.0f}", f"{each.seconds:,.0f}",
        f"{each.speed:,.0f}", peaks, f"{each.contacts:,}", f"{each.events:,}", f"{each.outcomes:,}", str(each.repeated),
    )  # fmt: skip


def _show(results: Sequence[Measured]) -> None:
    table = Table(
        "import",
        "persons",
        "files",
        "MB",
        "seconds",
        "persons/s",
        "peak MiB",
        "contacts",
        "events",
        "outcomes",
        "twice",
    )
    for each in results:
        table.add_row(*_row(each))
    Console(width=120).print(table)


def _announce(given: argparse.Namespace) -> None:
    persons = given.baseline + 3 * given.persons + (0.2 * given.persons if given.change else 0)
    minutes = persons / PERSONS_PER_SECOND / 60 + 4 * given.persons / 20_000 / 60
    print(
        f"about {minutes:,.0f} minutes on one quiet core, and {given.persons * 12 / 1e6:,.0f} GB of disk",
        flush=True,
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--baseline", type=int, default=100_000, help="persons whose memory is compared with")
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--share", type=float, default=0.1, help="share of persons to whom something happens")
    parser.add_argument("--no-change", dest="change", action="store_false", help="without the change file")
    parser.add_argument(
        "--directory", type=Path, help="where there is room; default: the system's temporary directory"
    )
    parser.add_argument("--json", type=Path, help="also write the results to this file, after each import")
    given = parser.parse_args()
    _announce(given)
    results: list[Measured] = []
    with (
        tempfile.TemporaryDirectory(dir=given.directory) as name,
        embedded_server(Path(name) / "postgres") as server_url,
    ):
        for measured in measure(Bench(server_url, Path(name)), given):
            results.append(measured)
            print(" | ".join(_row(measured)), flush=True)
            if given.json:
                told = {"results": [dataclasses.asdict(each) | {"persons_per_second": round(each.speed)} for each in results],
                        "verdicts": verdicts(results)}  # fmt: skip
                given.json.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    _show(results)
    for name, holds in verdicts(results).items():
        print(f"{'yes' if holds else 'NO '} {name}")
    return 0 if all(verdicts(results).values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(str(error))
