"""Where the sample data of other projects stand. They are theirs: nothing of them is copied into this repository."""

import os
from pathlib import Path

import pytest

VARIABLE = "REGISTERBRO_TESTDATA"
ROOT = Path(__file__).parents[2]
TESTDATA = (ROOT / os.environ.get(VARIABLE, "../shared/testdata")).resolve()
CPR = TESTDATA / "cpr"

needs_testdata = pytest.mark.skipif(
    not CPR.is_dir(), reason=f"no sample data at {TESTDATA}; say where they are in {VARIABLE}"
)
