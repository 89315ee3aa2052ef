"""The pages of the audit log: who looked at whom, the report for a person, spot checks, erasures."""
