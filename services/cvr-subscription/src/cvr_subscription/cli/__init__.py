"""The command ``cvr-subscription``: subscribes companies and production units, reads what changed, and queues updates.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. Logs go to standard error.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings · 4 the register cannot be asked at the
moment
"""

import typer

from cvr_subscription.cli import serving, working

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
for topic in (serving, working):
    app.add_typer(topic.app)
