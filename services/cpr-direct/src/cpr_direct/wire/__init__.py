"""CPR Direkte's protocol as bytes: requests, the header of an answer, its records. Nothing here reads or writes a socket."""

from cpr_direct.wire.answer import Answer, AnswerParser, Rejected
from cpr_direct.wire.header import Header
from cpr_direct.wire.person import PersonAnswer
from cpr_direct.wire.requests import SubscriptionType, logon_request, request

__all__ = [
    "Answer",
    "AnswerParser",
    "Header",
    "PersonAnswer",
    "Rejected",
    "SubscriptionType",
    "logon_request",
    "request",
]
