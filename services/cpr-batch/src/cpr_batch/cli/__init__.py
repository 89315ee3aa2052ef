"""The command ``cpr-batch``: fetches CPR's subscription files and imports them.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. Logs go to standard error: warnings only on a
terminal, otherwise everything of importance.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings ·
3 done, but a file was refused, held or failed, or records were rejected: see `cpr-batch problems FILE` and `cpr-batch approvals`
"""

import typer

from cpr_batch.cli import (
    adoption,
    asking,
    control,
    imports,
    journal,
    orders,
    runs,
    servers,
    serving,
    settings,
    showing,
)

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
for topic in (serving, servers, imports, asking, runs, control, orders, settings, adoption, journal, showing):
    app.add_typer(topic.app)
