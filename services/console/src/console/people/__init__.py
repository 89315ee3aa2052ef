"""People who log in: by an external issuer (OpenID Connect) or as local users; their sessions, and roles with their scopes."""
