"""How much a query may ask for; the same for everyone, so that what is refused once is refused always."""

from console.odata.refusals import QueryTooExpensive

CHARACTERS = 8000  # of one option
TOKENS = 2500  # of $filter or $orderby
NODES = 400  # of all expressions of a query
LIST_ITEMS = 500
LAMBDAS = 2  # within each other
PATH_STEPS = 4
EXPANSIONS = 12  # in all
EXPANSION_DEPTH = 3
ORDERINGS = 5
SEARCH_WORDS = 5
SKIP = 10_000
PAGE = 1000
NESTED_PAGE = 100


def check(what: str, count: int, limit: int) -> None:
    """Refuses more than ``limit`` of something."""
    if count > limit:
        raise QueryTooExpensive(what, limit)
