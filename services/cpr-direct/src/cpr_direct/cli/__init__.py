"""The command ``cpr-direct``: looks persons up at CPR, imports them, and keeps their subscriptions.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. A CPR number is asked for, or read from standard
input; it never stands on the command line. Logs go to standard error.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings · 3 CPR knows no such number ·
4 stored, and waits: for CPR, or for somebody's approval
"""

import typer

from cpr_direct.cli import connection, persons, reconciliation, serving, subscriptions

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
for topic in (serving, persons, subscriptions, reconciliation, connection):
    app.add_typer(topic.app)
