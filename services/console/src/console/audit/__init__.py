"""The audit log for those who watch over it: search, the report for the person concerned, spot checks."""
