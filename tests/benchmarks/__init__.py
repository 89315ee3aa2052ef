"""Measurements: each beside the floor it is held against, in one run."""
