"""Finds contacts by what somebody types into one field: a name, a number or an address."""
