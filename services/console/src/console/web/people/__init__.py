"""The pages of log-in, of one's own password, and of local users."""
