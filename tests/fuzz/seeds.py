"""Small whole files to begin from: the sandbox's persons in every form that a file can have."""

import datetime as dt
import itertools
from pathlib import Path

from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.writer import Form
from registerbro_sandbox.persons import Delivery, Population, write_extract
from registerbro_sandbox.persons.delivery import Layout

DAY = dt.date(2026, 11, 23)
AUTHORITIES = (
    b"authority_code,authority_type,valid_from,valid_to,name\n0851,05,199105281200,000000000000,Aalborg\n",
    b"00037071620200101\n00108510500202001011200" + b" " * 8 + b"199105281200" + b"0" * 12 + b"Aalborg\n",
)


def write_seeds(directory: Path, populations: int = 8) -> int:
    """Writes the corpus; returns how many files it has."""
    made = 0
    for seed, form, last in itertools.product(range(populations), Form, (False, True)):
        layout = Layout(form=form, trims=bool(seed % 2), addresses_last=last)
        write_extract(
            directory / f"seed-{made}", Population(seed=seed, size=1 + seed), Delivery(DAY, layout=layout)
        )
        made += 1
    for content in AUTHORITIES:
        (directory / f"seed-{made}").write_bytes(content)
        made += 1
    return made


def write_dictionary(path: Path) -> None:
    """The words of the format: every record type, alone and with a number."""
    words = [
        *LAYOUTS,
        *(f"{record_type}0101701996" for record_type in LAYOUTS),
        "00000000001234012026112320261122",
    ]
    path.write_text(
        "\n".join(f'"{word}"' for word in (*words, r"\x0d\x0a", r"\xc3\xa6", r"\xe6")) + "\n", "utf-8"
    )
