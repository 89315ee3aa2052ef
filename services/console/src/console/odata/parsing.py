"""Reads the expressions of ``$filter`` and ``$orderby`` with odata-query, and tells where one cannot be read."""

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from odata_query import ast
from odata_query.exceptions import (
    ArgumentCountException,
    ODataException,
    ParsingException,
    TokenizingException,
    UnknownFunctionException,
)
from odata_query.grammar import ODataLexer, ODataParser

from console.odata import limits
from console.odata.refusals import NotSupported, QueryMalformed

Node: TypeAlias = ast._Node  # noqa: SLF001 (the library exports no other name for it)
Literal: TypeAlias = ast._Literal  # noqa: SLF001
LITERALS = frozenset({"NULL", "INTEGER", "DECIMAL", "STRING", "BOOLEAN", "GUID", "DATE", "DATETIME"})
UNREAD = (
    "$it",
    "$root",
    "$count",
    "$this",
    "@",
    "has ",
)  # begin what the grammar of the library does not know


def parse(option: str, text: str) -> Node:
    """The syntax tree of an expression; ``QueryMalformed`` with the position, ``NotSupported``, ``QueryTooExpensive``."""
    try:
        tokens = list(ODataLexer().tokenize(text))
        limits.check(f"words in {option}", len(tokens), limits.TOKENS)
        limits.check("steps in a path", _longest_path(tokens), limits.PATH_STEPS)
        tree: Node = ODataParser().parse(_with_single_lists(tokens))
    except (TokenizingException, ParsingException) as error:
        position = len(text) if error.token is None else error.token.index
        rest = text[position:].lstrip()
        if unread := next((word for word in UNREAD if rest.startswith(word)), None):
            raise NotSupported(f"{unread.strip()} in {option}") from None
        raise QueryMalformed(option, "cannot be read", position) from None
    except UnknownFunctionException as error:
        raise NotSupported(f"the function {error.function_name}") from None
    except ArgumentCountException as error:
        raise QueryMalformed(option, f"{error.function_name} takes another number of arguments") from None
    except AttributeError:  # the library's own slip
        raise NotSupported("any or all after a path of three names") from None
    except ODataException:
        raise QueryMalformed(option, "cannot be read") from None
    return tree


def _longest_path(tokens: Sequence[Any]) -> int:
    """How many slashes it has: looked at before the library does, which goes one step deeper into the stack for each."""
    longest = slashes = 0
    for before, kind in itertools.pairwise(each.type for each in tokens):
        slashes = slashes + 1 if kind == "/" else slashes if before == "/" else 0
        longest = max(longest, slashes)
    return longest


def _with_single_lists(tokens: Iterable[Any]) -> Iterator[Any]:
    """The library wants ``('a',)`` for a list of one value, where OData has ``('a')``."""
    recent: list[str] = []
    for token in tokens:
        if (
            token.type == ")"
            and recent[-2:-1] == ["("]
            and recent[-1] in LITERALS
            and recent[-3:-2] == ["IN"]
        ):
            comma = copy.copy(token)
            comma.type = comma.value = ","
            yield comma
        if token.type != "WS":
            recent = [*recent[-2:], token.type]
        yield token


def full_name(identifier: ast.Identifier) -> str:
    """The name with its namespace."""
    return ".".join((*identifier.namespace, identifier.name))


def nodes(tree: Node) -> int:
    """How many nodes a tree has; a list counts as one, whatever is in it."""
    count, waiting = 0, [tree]
    while waiting:
        node = waiting.pop()
        count += 1
        for name in () if isinstance(node, ast.List) else node.__dataclass_fields__:
            value = getattr(node, name)
            waiting += [
                each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Node)
            ]
    return count


def split(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that stand outside of parentheses and quotes."""
    parts, depth, is_quoted, start = [], 0, False, 0
    for index, character in enumerate(text):
        if character == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
        else:
            depth += (character == "(") - (character == ")")
    return [*parts, text[start:]]
