"""Garbage collection is rare while anybody imports, and as usual afterwards."""

import gc

from cpr_batch.collecting import THRESHOLDS, rare_collections


def test_the_usual_thresholds_come_back_when_the_last_import_ends() -> None:
    usual = gc.get_threshold()
    first, second = rare_collections(), rare_collections()
    with first:
        second.__enter__()
        assert gc.get_threshold() == THRESHOLDS
    assert gc.get_threshold() == THRESHOLDS
    second.__exit__(None, None, None)
    assert gc.get_threshold() == usual
