"""Clients of the registers that several services ask: one port, and an adapter for each provider of CVR's data."""
