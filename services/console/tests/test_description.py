"""The console keeps to its own description (OpenAPI), whatever it is asked."""

import subprocess
from pathlib import Path

import pytest
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool

from tests.support import one_of_each
from tests.support.processes import BIN, service, shared_environment
from tests.support.services import bearer

# What no schema says: which secrets are easy to guess, that a name is printable and no personal number, which scopes a
# client has; what OData's expressions are, and that an id stands once in a batch; which numbers and fields a type of contact
# has, and that a change names its version; that settings, sources and types fit each other, and what the environment fixes;
# that an end comes after its beginning. A history outlives what it is of.
ODDITIES = """
[[operations]]
include-path-regex = "^/oauth2/clients"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 422]

[[operations]]
include-path = "/oauth2/connect/token"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401]

[[operations]]
include-path-regex = "^/odata/"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 406, 409, 410, 412, 422, 428, 501]
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]

[[operations]]
include-path-regex = "^/(audit|events|people|configuration)"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 412, 422]

[[operations]]
include-path-regex = "^/people/.*/history$"
checks.use_after_free.enabled = false
"""
# The routes of all entity sets are made by one loop; what they answer is compared with $metadata in test_odata_clients.
OF_ITS_KIND = r"^/odata/(?!\$|Contacts($|/|\(\{key\}\)($|/Addresses)))"


@pytest.fixture
async def filled(database_url: str, pool: Pool) -> str:
    """A database with rows in everything that OData shows."""
    await one_of_each.fill(pool)
    return database_url


@pytest.mark.timeout(300)
def test_no_answer_is_an_error_of_ours_or_breaks_the_description(
    filled: str, issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    """With the development key, which no call can revoke."""
    told = shared_environment(database_url=filled, bus_url="in-process:", issuer=issuer)
    del told["REGISTERBRO_AUTH__PUBLIC_KEY"]
    told["REGISTERBRO_AUTH__DEVELOPMENT_KEY"] = issuer.private_pem
    (tmp_path / "schemathesis.toml").write_text(ODDITIES)
    headers = {**bearer(issuer.token(*Scope)), "Registerbro-Purpose": "a test of the description"}
    words = [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
    with service(told, tmp_path / "log", program="console") as client:
        done = subprocess.run(
            [BIN / "schemathesis", "run", f"{client.base_url}/openapi.json", "--phases=coverage,fuzzing", "--max-examples=3",
             "--seed=1", f"--exclude-path-regex={OF_ITS_KIND}", "--no-color", *words],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
