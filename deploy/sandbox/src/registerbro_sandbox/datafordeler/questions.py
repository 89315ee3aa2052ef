"""A GraphQL query as Datafordeleren takes it: read and checked once, then remembered."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    validate,
    visit,
)

from registerbro_sandbox.datafordeler.errors import Rejected
from registerbro_sandbox.datafordeler.schema import SCHEMA

_MOST_TOKENS = 15_000
_INTROSPECTION = frozenset({"__schema", "__type"})
_ROOTS = frozenset(SCHEMA.query_type.fields if SCHEMA.query_type else ())
UNREADABLE = "unreadable"


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A query; ``errors`` say why it is not answered."""

    root: str  # the entity that it asks for
    document: DocumentNode | None
    errors: Sequence[GraphQLError] = ()


@functools.lru_cache(maxsize=512)
def question(text: str) -> Question:
    """The query in ``text``, held against the rules and the schema."""
    try:
        document = parse(text, max_tokens=_MOST_TOKENS)
    except GraphQLSyntaxError as error:
        return Question(UNREADABLE, None, (error,))
    roots = [list(_roots(document, operation)) for operation in _operations(document)]
    root = next(
        (node.name.value for nodes in roots for node in nodes if node.name.value in _ROOTS), UNREADABLE
    )
    broken = _Rules()
    visit(document, broken)
    if broken.errors:
        return Question(root, None, broken.errors[:1])
    if several := [found for found in roots if len(found) > 1]:
        return Question(root, None, (_several(several[0][1]),))
    return Question(root, document, tuple(validate(SCHEMA, document)))


class _Rules(Visitor):
    """What stands in a query that may not."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[GraphQLError] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.alias:
            self.errors.append(Rejected("DAF-GQL-0008", "Aliases are not allowed.", node))
        if node.name.value in _INTROSPECTION:
            self.errors.append(
                Rejected("HC0046", "Introspection is not allowed for the current request.", node)
            )


def _several(node: FieldNode) -> Rejected:
    return Rejected("DAF-GQL-0010", "Only one root field is allowed per operation.", node)


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _roots(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[FieldNode]:
    """The operation's root fields, wherever a fragment may have put them."""
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for each in waiting.pop().selections:
            if isinstance(each, FieldNode):
                yield each
            elif isinstance(each, InlineFragmentNode):
                waiting.append(each.selection_set)
            elif isinstance(each, FragmentSpreadNode) and each.name.value in fragments:
                waiting.append(fragments.pop(each.name.value).selection_set)
