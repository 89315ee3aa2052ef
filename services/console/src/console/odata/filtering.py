"""``$filter`` as a condition in SQL, with OData's rules for null (part 2, 5.1.1.1).

Comparisons say true or false, also of null; functions and ``not`` of null are null, and a row for which the whole is null is
left out. Where only *true* counts, which is everywhere but below ``not``, a comparison may be null in place of false, which
an index can serve; ``exact`` is where it may not.
"""

from odata_query import ast

from console.odata import functions, limits, parsing, places, shortcuts, terms
from console.odata.binding import SQL_TYPES, Row
from console.odata.edm import Collection, Edm, Navigation
from console.odata.parsing import Literal, Node, full_name
from console.odata.places import Item, Variables
from console.odata.refusals import NameUnknown, NotSupported, QueryMalformed
from console.odata.terms import NULL, Term

EQUAL = {ast.Eq: "=", ast.NotEq: "<>"}
ORDER = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ORDERED = frozenset({Edm.STRING, Edm.DATE, Edm.TIME}) | terms.NUMERIC


def condition(option: str, text: str, row: Row) -> str:
    """The condition on a row that a filter is."""
    tree = parsing.parse(option, text)
    row.binder.spend(nodes=parsing.nodes(tree))
    return Conditions(option, row).holds(tree)


def expression(option: str, text: str, row: Row) -> Term:
    """The value of a row that an expression is, as for ordering."""
    tree = parsing.parse(option, text)
    row.binder.spend(nodes=parsing.nodes(tree))
    return Conditions(option, row).term(tree)


def has_lower_bound(option: str, text: str, name: str) -> bool:
    """Whether a filter finds only rows whose property is above some value."""
    waiting = [parsing.parse(option, text)]
    while waiting:
        match waiting.pop():
            case ast.BoolOp(op=ast.And(), left=left, right=right):
                waiting += [left, right]
            case ast.Compare(comparator=ast.Gt() | ast.GtE(), left=ast.Identifier(name=found)) if (
                found == name
            ):
                return True
    return False


class Conditions:
    """Conditions on a row, where some variables of enclosing lambdas are known."""

    def __init__(self, option: str, row: Row, variables: Variables | None = None) -> None:
        self._option = option
        self._row = row
        self._variables = variables or {}

    def holds(self, node: Node, *, exact: bool = False) -> str:
        """The condition that an expression is; ``QueryMalformed`` if it is none."""
        match node:
            case ast.BoolOp(op=operator, left=left, right=right):
                word = "and" if isinstance(operator, ast.And) else "or"
                return f"({self.holds(left, exact=exact)} {word} {self.holds(right, exact=exact)})"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"(not {self.holds(operand, exact=True)})"
            case ast.Compare():
                return self._comparison(node, exact=exact)
            case ast.CollectionLambda():
                return self._lambda(node)
            case ast.Call():
                return self._called(node, exact=exact)
        return self._truth(self.term(node))

    def term(self, node: Node) -> Term:
        """The value that an expression is."""
        match node:
            case ast.List():
                raise QueryMalformed(self._option, "a list stands only after in")
            case Literal():
                return terms.of_literal(self._option, node, self._row.binder)
            case ast.Identifier() | ast.Attribute():
                names = places.steps(self._option, node)
                return places.value(self._option, names, self._row, self._variables)
            case ast.Call(func=function, args=arguments):
                return functions.call(
                    self._option, full_name(function), [self.term(each) for each in arguments]
                )
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.CollectionLambda():
                return Term(self.holds(node, exact=True), Edm.BOOLEAN, may_be_null=True)
        raise NotSupported("arithmetic")

    def _truth(self, term: Term) -> str:
        if term.type not in (Edm.BOOLEAN, None):
            raise QueryMalformed(self._option, f"a condition is needed where there is a value of {term.type}")
        return "null::boolean" if term.type is None else term.sql

    def _called(self, node: ast.Call, *, exact: bool) -> str:
        arguments = [self.term(each) for each in node.args]
        term = functions.call(self._option, full_name(node.func), arguments)
        implied = []
        if not exact and full_name(node.func) == "startswith":
            implied = shortcuts.for_beginning(arguments[0], arguments[1].literal)
        return _both(self._truth(term), implied)

    def _comparison(self, node: ast.Compare, *, exact: bool) -> str:
        if isinstance(node.comparator, ast.In):
            return self._in(node.left, node.right, exact=exact)
        left, right = self.term(node.left), self.term(node.right)
        if not terms.are_comparable(left.type, right.type):
            raise QueryMalformed(self._option, f"{left.type} cannot be compared with {right.type}")
        operator = type(node.comparator)
        if operator in EQUAL:
            implied = [] if exact or operator is ast.NotEq else _implied(left, right)
            return _both(_equality(EQUAL[operator], left, right, exact=exact), implied)
        if operator not in ORDER:
            raise NotSupported(f"the operator {operator.__name__.lower()}")
        if any(each.type is not None and each.type not in ORDERED for each in (left, right)):
            raise QueryMalformed(self._option, f"values of {left.type} have no order")
        return _order(ORDER[operator], left, right, exact=exact)

    def _in(self, left: Node, right: Node, *, exact: bool) -> str:
        term = self.term(left)
        items = right.val if isinstance(right, ast.List) else [right]
        limits.check("values in a list", len(items), limits.LIST_ITEMS)
        values = [self._listed(term, each) for each in items]
        known = [each for each in values if each is not None]
        if term is NULL:
            return str(len(known) < len(values)).lower()
        kind = SQL_TYPES[term.type or Edm.STRING]
        found = f"{term.sql} = any({self._row.binder.bind(known, f'{kind}[]')})"
        if len(known) < len(values):
            found = f"({found} or {term.sql} is null)"
            return f"coalesce({found}, false)" if exact else found
        if exact:
            return f"coalesce({found}, false)"
        return _both(found, shortcuts.for_equality(term, known))

    def _listed(self, term: Term, item: Node) -> object:
        if not isinstance(item, Literal) or isinstance(item, ast.List):
            raise QueryMalformed(self._option, "a list has values only")
        if isinstance(item, ast.Null):
            return None
        value, kind = terms.value_of(self._option, item)
        if not terms.are_comparable(term.type, kind) or kind is Edm.DOUBLE:
            raise QueryMalformed(self._option, f"{term.type} cannot be compared with {kind}")
        return value

    def _lambda(self, node: ast.CollectionLambda) -> str:
        names = places.steps(self._option, node.owner)
        place, last = places.walk(self._option, names, self._row, self._variables)
        found = place.row.entity.by_name.get(last)
        if found is None:
            raise NameUnknown(last or names[0], place.row.entity.type_name)
        if isinstance(found, Navigation) and found.is_many:
            place = place.over(found)
            return self._some(node, ", ".join(place.sources), place.joins, place.row)
        if not isinstance(found, Collection):
            raise QueryMalformed(self._option, f"{last} is no collection")
        c = self._row.binder.alias()
        variable = (
            Item(place.row, found, c) if found.item is None else terms.of_property(place.row, found.item, c)
        )
        origin = ", ".join((*place.sources, place.row.sql(found.source, c)))
        return self._some(node, origin, (*place.joins, place.row.sql(found.condition, c)), variable)

    def _some(
        self, node: ast.CollectionLambda, origin: str, joins: tuple[str, ...], variable: Row | Item | Term
    ) -> str:
        where = " and ".join(joins)
        if node.lambda_ is None:
            return f"exists (select from {origin} where {where})"
        name = node.lambda_.identifier.name
        inner = Conditions(self._option, self._row, {**self._variables, name: variable})
        limits.check("lambdas within each other", len(inner._variables), limits.LAMBDAS)
        if isinstance(node.operator, ast.Any):
            return f"exists (select from {origin} where {where} and {inner.holds(node.lambda_.expression)})"
        failing = f"({inner.holds(node.lambda_.expression, exact=True)}) is not true"
        return f"(not exists (select from {origin} where {where} and {failing}))"


def _both(found: str, implied: list[str]) -> str:
    return f"({' and '.join((found, *implied))})" if implied else found


def _implied(left: Term, right: Term) -> list[str]:
    if left.of is not None:
        return shortcuts.for_equality(left, right.literal)
    return shortcuts.for_equality(right, left.literal)


def _equality(operator: str, left: Term, right: Term, *, exact: bool) -> str:
    if NULL in (left, right):
        other = right if left is NULL else left
        return f"({other.sql} is {'not ' if operator == '<>' else ''}null)"
    left, right = _in_one_collation(left, right)
    if (operator == "<>" and (left.may_be_null or right.may_be_null)) or (
        left.may_be_null and right.may_be_null
    ):
        return f"({left.sql} is {'not ' if operator == '=' else ''}distinct from {right.sql})"
    compared = f"({left.sql} {operator} {right.sql})"
    return f"coalesce({compared}, false)" if exact and (left.may_be_null or right.may_be_null) else compared


def _in_one_collation(left: Term, right: Term) -> tuple[Term, Term]:
    """Two columns may have different collations; a value takes the other's."""
    if left.type is not Edm.STRING or left.literal is not None or right.literal is not None:
        return left, right
    return left.collated(), right.collated()


def _order(operator: str, left: Term, right: Term, *, exact: bool) -> str:
    if NULL in (left, right):
        both = left is NULL and right is NULL
        return str(both and operator in ("<=", ">=")).lower() if both else _null_order(operator, left, right)
    left, right = left.collated(), right.collated()
    compared = f"({left.sql} {operator} {right.sql})"
    if operator in ("<=", ">=") and left.may_be_null and right.may_be_null:
        return f"coalesce({compared}, {left.sql} is null and {right.sql} is null)"
    return f"coalesce({compared}, false)" if exact and (left.may_be_null or right.may_be_null) else compared


def _null_order(operator: str, left: Term, right: Term) -> str:
    """Only null itself is neither below nor above null."""
    other = right if left is NULL else left
    return f"({other.sql} is null{'' if operator in ('<=', '>=') else ' and false'})"
