"""What customers upload to CPR, and CPR's answers: subscriptions, their ends, requisitions, lists for status extracts."""

from registerbro_sandbox.orders.answers import Answers, answer
from registerbro_sandbox.orders.inbox import unanswered
from registerbro_sandbox.orders.lines import Kind, Order, Rejected, read_line

__all__ = ["Answers", "Kind", "Order", "Rejected", "answer", "read_line", "unanswered"]
