"""Coverage-guided fuzzing of all that reads CPR's files: scan, persons, mapping, decoding, the authority register.

``make fuzz`` (or ``python -m tests.fuzz.fuzz_reader --seconds 600``). A crash, a breach of an invariant, more than ten seconds
over one input or more than a gigabyte of memory ends the run; the input is kept in ``--findings``.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed: make fuzz installs it (CPython on Linux, x86_64)")

with atheris.instrument_imports(include=["registerbro.cpr", "registerbro.contacts.model"]):
    from tests.fuzz import invariants

from tests.fuzz.seeds import write_dictionary, write_seeds

LONGEST = 1 << 13
MEMORY_MIB = 1024
HANG_SECONDS = 10


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--findings", type=Path, default=Path(".fuzz"))
    parser.add_argument("--again", type=Path, help="try one kept input again")
    given = parser.parse_args()
    given.findings.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        corpus = directory / "corpus"
        corpus.mkdir()
        write_seeds(corpus)
        write_dictionary(directory / "words")
        options = [
            f"-max_total_time={given.seconds}", f"-max_len={LONGEST}", f"-rss_limit_mb={MEMORY_MIB}",
            f"-timeout={HANG_SECONDS}", f"-dict={directory / 'words'}", f"-artifact_prefix={given.findings}/",
            "-print_final_stats=1", "-verbosity=1",
        ]  # fmt: skip
        inputs = [str(given.again)] if given.again else [str(corpus)]
        atheris.Setup([sys.argv[0], *options, *inputs], _target(directory / "input"), custom_mutator=mutated)
        atheris.Fuzz()


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Most of the time single records are changed, moved, doubled or lost; the rest is left to the library."""
    dice = random.Random(seed)
    lines = data.split(b"\n")
    if len(lines) < 3 or dice.random() < 0.3:
        return bytes(atheris.Mutate(data, most))
    for _ in range(dice.randint(1, 3)):
        here, there = dice.randrange(len(lines)), dice.randrange(len(lines))
        match dice.randrange(5):
            case 0:
                lines[here] = lines[there]
            case 1:
                lines.insert(here, lines[there])
            case 2:
                lines[here], lines[there] = lines[there], lines[here]
            case 3 if len(lines) > 3:
                del lines[here]
            case _:
                lines[here] = lines[here][:13] + bytes(atheris.Mutate(lines[here][13:], 400))
    return b"\n".join(lines)[:most]


def _target(path: Path) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        path.write_bytes(data)
        invariants.check_reading(path)
        invariants.check_authorities(path)

    return check


if __name__ == "__main__":
    main()
