"""The form of a ``$batch`` in JSON (OData JSON Format 4.01, 19.1): checked as a whole before anything of it is done."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from registerbro import api
from registerbro.auth import ACTING_USER

MOST_REQUESTS = 100
LONGEST_URL = 65_536
OF_THE_BATCH_ALONE = frozenset({"authorization", ACTING_USER.lower(), "cookie"})
QUERY = "/$query"

Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,100}$")]
HeaderName: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$"), AfterValidator(str.lower)
]
HeaderValue: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[\t\x20-\x7e\xa0-\xff]*$", max_length=4096)
]
Method: TypeAlias = Annotated[
    Literal["get", "post", "put", "patch", "delete"],
    BeforeValidator(lambda method: method.lower() if isinstance(method, str) else method),
]


class SubRequest(api.Request):
    """One request of a batch."""

    id: Id = Field(description="unlike any other id or group of the batch")
    method: Method
    url: str = Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="relative to `/odata/`, or absolute; only below `/odata/`",
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default={},
        max_length=20,
        description="`Registerbro-Purpose` and `-Case` are the batch's unless given",
    )
    body: Any = Field(default=None, description="JSON; text as a string; other bytes in base64url")
    depends_on: list[str] = Field(
        default=[], alias="dependsOn", max_length=MOST_REQUESTS, description="ids and groups before it"
    )
    atomicity_group: Id | None = Field(
        default=None, alias="atomicityGroup", description="its requests stand together, and only read"
    )
    condition: str | None = Field(default=None, alias="if", description="not supported: answered with 501")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if wrong := sorted(OF_THE_BATCH_ALONE & self.headers.keys()):
            raise ValueError(f"belongs to the batch, not to a request in it: {', '.join(wrong)}")
        if self.method in ("get", "delete") and self.body is not None:
            raise ValueError(f"{self.method} takes no body")
        return self

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        is_query = self.method == "post" and self.url.partition("?")[0].endswith(QUERY)
        return self.method == "get" or is_query


class Batch(api.Request):
    """Requests that are done in the order in which they stand."""

    requests: list[SubRequest] = Field(min_length=1, max_length=MOST_REQUESTS)

    @model_validator(mode="after")
    def _names_are_sound(self) -> Self:
        names: set[str] = set()
        group: str | None = None
        for position, each in enumerate(self.requests):
            if not set(each.depends_on) <= names - {each.atomicity_group}:
                raise ValueError(f"requests/{position}: it depends on what is not complete before it")
            new = [each.id]
            if each.atomicity_group != group:
                group = each.atomicity_group
                new += [group] if group else []
            if names & set(new) or len(set(new)) < len(new):
                raise ValueError(f"requests/{position}: its id or group is the name of another one")
            names.update(new)
        return self

    def group(self, name: str | None) -> list[SubRequest]:
        """The requests of an atomicity group; none without a name."""
        return [each for each in self.requests if name is not None and each.atomicity_group == name]
