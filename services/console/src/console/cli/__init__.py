"""The command ``console``: who gets tokens and who logs in, the configuration, the audit log, events and dead letters.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. A secret is generated and printed once, or read
from standard input; it never stands on the command line. Logs go to standard error.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings
"""

import typer

from console.cli import audit, clients, configuration, events, keys, people, serving

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
for topic in (serving, clients, keys, people, configuration, audit, events):
    app.add_typer(topic.app)
