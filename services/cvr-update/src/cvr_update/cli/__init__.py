"""The command ``cvr-update``: works the service queue, and tells what became of updates.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. Logs go to standard error.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings · 4 the rest waits: the provider does
not answer, the brake holds, or a module is off
"""

import typer

from cvr_update.cli import failures, serving, working

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
for topic in (serving, working, failures):
    app.add_typer(topic.app)
