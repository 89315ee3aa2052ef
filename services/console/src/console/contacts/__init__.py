"""Contacts by hand over HTTP: what may be written, the past, and the export of everything that is held on one."""
