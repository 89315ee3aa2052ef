"""Local users: who there is, with which roles; a new one, a one-time password, the end of a pause; and who did it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, BaseModel, Field, StrictBool
from registerbro.api import Before, Page, Size
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.service import CurrentService

from console import history
from console.api.people_common import ELSEWHERE, CurrentUsers
from console.bodies import Request
from console.fields import Name, account
from console.history import Topic
from console.oauth2.refusals import NOT_STORED
from console.people import sessions
from console.people.errors import PROBLEMS, LoginBusy, UserExists, UserUnknown
from console.people.id_tokens import LONGEST_NAME
from console.people.names import USER_NAME, UserName
from console.people.roles import Role
from console.people.users import Profile
from console.people.views import UserOut, UserWithPassword
from console.views import ChangeOut

PEOPLE = "/people"
PERSON = f"{PEOPLE}/{{user_name}}"
SCOPES: Scopes = {
    ("GET", PEOPLE): Scope.CONFIG_READ,
    ("POST", PEOPLE): Scope.CONFIG_WRITE,
    ("GET", PERSON): Scope.CONFIG_READ,
    ("PATCH", PERSON): Scope.CONFIG_WRITE,
    ("DELETE", PERSON): Scope.CONFIG_WRITE,
    ("POST", f"{PERSON}/password-reset"): Scope.CONFIG_WRITE,
    ("POST", f"{PERSON}/unlock"): Scope.CONFIG_WRITE,
    ("DELETE", f"{PERSON}/sessions"): Scope.CONFIG_WRITE,
    ("GET", f"{PERSON}/history"): Scope.CONFIG_READ,
}
UNKNOWN = (*ELSEWHERE, *PROBLEMS.of(UserUnknown))
BUSY = PROBLEMS.of(LoginBusy)
ThisUser = Annotated[str, Path(pattern=f"^{USER_NAME.pattern}$", description="the user name")]
Roles = Annotated[list[Role], Field(description="together they say what the person may do")]
ThisPerson = Annotated[
    str,
    Path(min_length=1, max_length=LONGEST_NAME, description="the name that calls are recorded under"),
    AfterValidator(account),
]
router = APIRouter()


class SessionsEnded(BaseModel):
    """How many sessions there were."""

    ended: int


class NewUser(Request):
    """A local user to come."""

    user_name: UserName
    display_name: Name
    roles: Roles = Field(default_factory=list)
    enabled: StrictBool = True

    def profile(self) -> Profile:
        """As the store takes it."""
        return Profile(self.display_name, frozenset(self.roles), self.enabled)


class UserChanges(Request):
    """What is to be changed; what is left out stays."""

    display_name: Name = Field(default_factory=str)  # a factory's value is neither described nor read
    roles: Roles = Field(default_factory=list)
    enabled: StrictBool = Field(default_factory=bool)

    def changes(self) -> dict[str, Any]:
        """As the store takes them."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return said | ({"roles": frozenset(self.roles)} if "roles" in said else {})


@router.get(PEOPLE, responses=responses(*ELSEWHERE))
async def list_people(
    users: CurrentUsers,
    size: Size = 100,
    after: Annotated[
        str, Query(pattern=f"^({USER_NAME.pattern})?$", description="what the page before gave as next")
    ] = "",
) -> Page[UserOut]:
    """Local users by name."""
    found = [UserOut.of(each) for each in await users.page(after=after, size=size)]
    return Page[UserOut].cut(found, size, found[-1].user_name if found else "")


@router.post(PEOPLE, status_code=201, responses=responses(*ELSEWHERE, *BUSY, *PROBLEMS.of(UserExists)))
async def add_person(
    request: NewUser, users: CurrentUsers, caller: CurrentCaller, response: Response
) -> UserWithPassword:
    """Adds a local user with a one-time password, which stands in this answer and is never shown again."""
    user, password = await users.add(request.user_name, request.profile(), password=None, by=caller)
    response.headers.update(NOT_STORED)
    return UserWithPassword.showing(user, password.get_secret_value())


@router.get(PERSON, responses=responses(*UNKNOWN))
async def show_person(user_name: ThisUser, users: CurrentUsers) -> UserOut:
    """One local user."""
    return UserOut.of(await users.get(user_name))


@router.patch(PERSON, responses=responses(*UNKNOWN))
async def change_person(
    user_name: ThisUser, request: UserChanges, users: CurrentUsers, caller: CurrentCaller
) -> UserOut:
    """Changes a local user. Other roles, or being disabled, end the user's sessions."""
    return UserOut.of(await users.change(user_name, request.changes(), by=caller))


@router.delete(PERSON, status_code=204, responses=responses(*UNKNOWN))
async def remove_person(user_name: ThisUser, users: CurrentUsers, caller: CurrentCaller) -> Response:
    """Removes a local user and ends the sessions; the history stays."""
    await users.remove(user_name, by=caller)
    return Response(status_code=204)


@router.post(f"{PERSON}/password-reset", responses=responses(*UNKNOWN, *BUSY))
async def reset_password(
    user_name: ThisUser, users: CurrentUsers, caller: CurrentCaller, response: Response
) -> UserWithPassword:
    """Gives a one-time password, which is never shown again, and ends the user's sessions and pauses."""
    user, password = await users.reset_password(user_name, by=caller)
    response.headers.update(NOT_STORED)
    return UserWithPassword.showing(user, password.get_secret_value())


@router.post(f"{PERSON}/unlock", responses=responses(*UNKNOWN))
async def unlock_person(user_name: ThisUser, users: CurrentUsers, caller: CurrentCaller) -> UserOut:
    """Ends every pause after wrong passwords."""
    return UserOut.of(await users.unlock(user_name, by=caller))


@router.delete(f"{PERSON}/sessions")
async def end_sessions(
    user_name: ThisPerson, service: CurrentService, caller: CurrentCaller
) -> SessionsEnded:
    """Ends every session of a person, a local user or one who logged in at the external issuer."""
    return SessionsEnded(ended=await sessions.end_of_person(service.pool, user_name, by=caller))


@router.get(f"{PERSON}/history")
async def show_person_history(
    user_name: ThisPerson,
    service: CurrentService,
    size: Size = 100,
    after: Before = LAST_ID,
) -> Page[ChangeOut]:
    """Who changed the user, newest first; also of one that was removed."""
    rows = await history.page(service.pool, Topic.PERSON, user_name, before=after, size=size)
    found = [ChangeOut.of(each) for each in rows]
    return Page[ChangeOut].cut(found, size, found[-1].change_id if found else "")
