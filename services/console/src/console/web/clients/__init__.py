"""Client applications: registered, changed, given a new secret, removed."""
