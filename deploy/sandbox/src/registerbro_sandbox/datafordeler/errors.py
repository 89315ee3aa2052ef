"""What Datafordeleren refuses, and what comes of it.

Rejected(code)              a GraphQL query against the rules: told in the body, with status 200
NotAllowed(code)            who asks is not known: status 401
TokenRefused(status, code)  no token for this: OAuth2's codes
NotReadable                 a parameter is missing or cannot be read: status 400
"""

from graphql import GraphQLError, Node


class Rejected(GraphQLError):
    """A query against the rules; ``code`` is Datafordeleren's."""

    def __init__(self, code: str, message: str, node: Node | None = None) -> None:
        super().__init__(message, node, extensions={"code": code})


class NotAllowed(Exception):
    """Who asks is not known."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class TokenRefused(Exception):
    """No token is given."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class NotReadable(Exception):
    """A parameter is missing or cannot be read; the text names it, never its value."""
