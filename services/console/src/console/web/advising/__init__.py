"""Sentences and next steps for problems that belong to no page of their own: those of every service, of contacts, of operation."""
