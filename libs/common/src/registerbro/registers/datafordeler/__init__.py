"""Datafordeleren: the adapters that look units up by REST and by GraphQL and read both kinds of events; and their kept answers."""

import datetime as dt

import orjson

from registerbro.cvr.units import Unit, UnitKind
from registerbro.registers.datafordeler import graphql_answers, rest_answers
from registerbro.registers.datafordeler.entities import OWN
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.errors import NotJson


def parse(records: str, asked_at: dt.datetime) -> Unit | None:
    """The unit in records as ``Unit.records`` keeps them, from either service, as it was when it was asked for.

    None: the records tell of no unit. Raises ``AnswerUnusable``.
    """
    try:
        answer = Node(orjson.loads(records))
    except orjson.JSONDecodeError:
        raise NotJson("the records are no JSON") from None
    for kind in UnitKind:
        if OWN[kind].name in answer:
            return graphql_answers.unit(kind, answer.value, asked_at)
        if rest_answers.OWN_KEY[kind] in answer:
            return rest_answers.unit(kind, answer, asked_at)
    return None
