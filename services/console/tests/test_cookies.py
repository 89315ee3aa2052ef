"""Cookies' attributes, and which calls are taken for a person's own: another site's page is refused."""

import pytest
from console.people.cookies import Cookies
from console.people.errors import CrossSiteRequest
from console.people.paths import own_path
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.responses import Response
from yarl import URL

OWN = "https://registerbro.example"
CSRF = {"registerbro-csrf": "1"}


def test_over_https_the_cookie_is_this_host_s_alone() -> None:
    cookies, response = Cookies(OWN), Response()
    cookies.set(response, cookies.session, "value")
    said = response.headers["set-cookie"].split("; ")
    assert said[0] == "__Host-registerbro=value"
    assert {each.lower() for each in said[1:]} == {"httponly", "secure", "samesite=lax", "path=/"}


def test_on_plain_http_the_name_promises_nothing() -> None:
    cookies, response = Cookies("http://localhost:8000"), Response()
    cookies.set(response, cookies.session, "value")
    assert response.headers["set-cookie"].startswith("registerbro=value; HttpOnly")
    assert "Secure" not in response.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},  # another service of the same organisation
        {"sec-fetch-site": "cross-site", "origin": OWN},
        {"origin": "https://evil.example", "host": "registerbro.example"},
        {"origin": "null", "host": "registerbro.example"},
        {"origin": "https://registerbro.example.evil.example", "host": "registerbro.example"},
    ],
)
def test_another_site_s_call_is_refused(headers: dict[str, str]) -> None:
    cookies = Cookies(OWN)
    for given_headers in (headers, headers | CSRF):
        with pytest.raises(CrossSiteRequest):
            cookies.refuse_forged("POST", given_headers)
    cookies.refuse_forged("GET", headers)  # changes nothing


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"origin": OWN, "host": "behind.a.proxy"},
        {"origin": "https://other.name", "host": "other.name"},
        {},
    ],
)
def test_own_calls_pass_with_the_header_and_not_without(headers: dict[str, str]) -> None:
    cookies = Cookies(OWN)
    cookies.refuse_forged("POST", headers | CSRF)
    with pytest.raises(CrossSiteRequest):
        cookies.refuse_forged("POST", headers)


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.sampled_from("/\\:@.?#%evilx \t\n"), max_size=12).map("/".__add__) | st.text())
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("https://evil.example")
@example("javascript:alert(1)")
def test_a_path_to_go_to_never_leads_to_another_site(text: str) -> None:
    try:
        path = own_path(text)
    except ValueError:
        return
    assert path.startswith("/")
    assert URL(f"{OWN}/login").join(URL(path)).origin() == URL(OWN)
    # browsers take backslashes for slashes and drop tabs and line ends
    as_browsers_do = path.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert as_browsers_do == path
    assert not path.startswith("//")


@pytest.mark.parametrize("path", ["/", "/session", "/contacts?filter=a%20b", "/a//b", "/#top"])
def test_own_paths_are_taken(path: str) -> None:
    assert own_path(path) == path
