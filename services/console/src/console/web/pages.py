"""A module's pages: routes below ``/ui`` that need a session, and the scopes that a person needs one of to see them."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from fastapi import APIRouter, Depends
from registerbro.auth import PUBLIC, Scope, Scopes

from console.web.visit import CurrentVisit

PREFIX = "/ui"
BODY_LIMIT = 1 << 20  # bytes
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Pages:
    """Registers handlers. ``needs``: the scopes of which a person must have one; none: whoever has logged in."""

    def __init__(self) -> None:
        self.router = APIRouter(prefix=PREFIX, include_in_schema=False)
        self.needs: dict[tuple[str, str], frozenset[Scope]] = {}
        self.body_limits: dict[tuple[str, str], int] = {}  # how many bytes its forms may have

    def get(self, path: str, *, needs: Scope | Iterable[Scope] = ()) -> Callable[[Handler], Handler]:
        """A page, or what it loads."""
        return self._route("GET", path, needs)

    def post(
        self, path: str, *, needs: Scope | Iterable[Scope] = (), limit: int = BODY_LIMIT
    ) -> Callable[[Handler], Handler]:
        """What a form of a page sends, of ``limit`` bytes at most; the handler finds it in ``visit.form``."""
        self.body_limits["POST", PREFIX + path] = limit
        return self._route("POST", path, needs)

    @property
    def scopes(self) -> Scopes:
        """The rows of the table of scopes: open to all there, because each page looks at the session by itself."""
        return dict.fromkeys(self.needs, PUBLIC)

    def _route(self, method: str, path: str, needs: Scope | Iterable[Scope]) -> Callable[[Handler], Handler]:
        scopes = frozenset({needs} if isinstance(needs, Scope) else needs)
        self.needs[method, PREFIX + path] = scopes

        async def gate(visit: CurrentVisit) -> None:
            visit.require(scopes)

        def register(handler: Handler) -> Handler:
            self.router.add_api_route(
                path, handler, methods=[method], dependencies=[Depends(gate)], response_model=None
            )
            return handler

        return register
