"""The command ``cvr-online``: looks companies and production units up in CVR, searches them, and imports them.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. A CVR number or P-number may stand on the
command line, or is asked for, or read from standard input; a text that is neither is refused and not repeated. Logs go to standard error.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings, also a text that is no number ·
3 CVR knows no such number · 4 the register cannot be asked at the moment; later it may work
"""

import typer

from cvr_online.cli import connection, serving, units

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
for topic in (serving, units, connection):
    app.add_typer(topic.app)
