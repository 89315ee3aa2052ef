"""Erasing contacts for good, over HTTP and on a schedule."""
