"""The plain log-in form for a browser, without script or style, and what it sends."""

import html
from urllib.parse import parse_qs

from console.people.errors import LoginError
from console.people.names import LONGEST_TYPED
from console.people.passwords import LONGEST

MEDIA_TYPE = "application/x-www-form-urlencoded"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Registerbro</title></head>
<body>
<main>
<h1>Registerbro</h1>
{refusal}<form method="post" action="/login">
<input type="hidden" name="next" value="{next}">
<p><label>User name <input name="user_name" autocomplete="username" maxlength="{name_length}" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" maxlength="{password_length}"
required></label></p>
<p><button>Log in</button></p>
</form>
</main>
</body>
</html>
"""


def form(path: str, refusal: LoginError | None = None) -> str:
    """The page; it leads to the path afterwards. ``refusal`` says why the log-in before did not succeed."""
    said = "" if refusal is None else f'<p role="alert">{html.escape(str(refusal))}</p>\n'
    return _PAGE.format(
        refusal=said,
        next=html.escape(path, quote=True),
        name_length=LONGEST_TYPED,
        password_length=LONGEST,
    )


def sent(body: bytes) -> dict[str, str]:
    """What the form sends, by field; the last one where a field comes twice."""
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}
