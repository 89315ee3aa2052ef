"""The settings as a form asks for them: what they are called, how they are grouped, and what was typed.

What a setting is (type, bounds, default) the service says; a setting that has no label here is shown by its name and the
service's description.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.web.forms import Form
from console.web.languages import N_

GROUPS: Mapping[str, str] = {
    "ftp": N_("File server"),
    "local": N_("Interim directory"),
    "schedule": N_("Schedule"),
    "import": N_("Import"),
    "brake": N_("Brake"),
    "orders": N_("Orders to CPR"),
    "housekeeping": N_("Log and housekeeping"),
    "runs": N_("Runs and replicas"),
    "show": N_("Looking into files"),
}
LABELS: Mapping[str, tuple[str, str]] = {
    "ftp.protocol": (N_("Protocol"), N_("FTP over TLS (ftps, or ftps-implicit on a port of its own), SFTP, or FTP without encryption.")),
    "ftp.host": (N_("Host"), N_("The server's name, as its certificate has it.")),
    "ftp.port": (N_("Port"), N_("Empty: 21 for ftps and ftp, 990 for ftps-implicit, 22 for sftp.")),
    "ftp.user": (N_("User"), ""),
    "ftp.password": (N_("Password"), N_("Kept as it is when left empty.")),
    "ftp.allow_plain": (N_("Allow FTP without encryption"), N_("Password and persons' data can then be read on the way.")),
    "ftp.mvs": (N_("MVS: the server is CPR's mainframe"), N_("At most 5,000 entries are listed and matched against the pattern.")),
    "ftp.transfer_type": (N_("Transfer type"), N_("binary; text where a mainframe keeps its files in EBCDIC. FTP only.")),
    "ftp.directory": (N_("Directory with CPR's files"), N_("Empty: the user's home.")),
    "ftp.input_directory": (N_("Directory for our files to CPR"), N_("Empty: the user's home.")),
    "pattern": (N_("Pattern"), N_("Names of CPR's files, with ? and *. Cannot change while fetched files wait for their import.")),
    "ftp.ca_file": (N_("Authority to trust"), N_("PEM file on the server of CPR Batch. Empty: the machine's authorities.")),
    "ftp.host_key": (N_("Host key (SFTP)"), N_("SHA256:… or a public-key line. Ask the server's operator for it.")),
    "ftp.known_hosts_file": (N_("Known hosts (SFTP)"), N_("A file in OpenSSH's format; this or the host key is needed.")),
    "ftp.key_file": (N_("Private key (SFTP)"), N_("A file in OpenSSH's format.")),
    "ftp.key_passphrase": (N_("Passphrase of the private key"), N_("Kept as it is when left empty.")),
    "ftp.connect_seconds": (N_("Seconds to connect"), ""),
    "ftp.timeout_seconds": (N_("Longest silence in seconds"), ""),
    "ftp.first_byte_seconds": (N_("Seconds to a file's first byte"), N_("A recall from mass storage takes minutes.")),
    "ftp.encoding": (N_("Encoding of names"), ""),
    "interim_directory": (N_("Interim directory"), N_("Where files wait for their import and stay after it. Cannot change while fetched files wait.")),
    "rename_prefix": (N_("Rename prefix"), N_("Put before the name of a fetched file on the server, and of an imported one here. Cannot change while fetched files wait.")),
    "daily_at": (N_("Daily at"), N_("Danish time as 05:30. Empty: only on demand.")),
    "chunk_persons": (N_("Persons in one transaction"), ""),
    "brake.share": (N_("Largest share that may be ended or blanked"), N_("Of the persons whose data the file can change; 0.2 is a fifth, 1 is no brake.")),
    "brake.least": (N_("Never hold below"), N_("A file that ends or blanks fewer persons is not held.")),
    "orders.customer_number": (N_("Customer number"), N_("Four digits, as in the agreement with CPR.")),
    "orders.task_number": (N_("Task number"), N_("Six digits; also in the input file's name.")),
    "orders.status_task_number": (N_("Task number of status extracts"), N_("Empty: the same task.")),
    "orders.deadline": (N_("Deadline for the same day"), N_("Danish time. CPR's own deadline is 12:00 or later.")),
    "orders.upload_at": (N_("Daily upload at"), N_("Before the deadline. Empty: only on demand.")),
    "orders.deletion_code": (N_("Code that ends a subscription"), N_("Not documented by CPR; SL is assumed.")),
    "orders.from_wishes": (N_("Order by itself what is wished"), N_("Where a contact's wish differs from its subscription. Leave it off where CPR Direkte subscribes.")),
    "orders.overdue_days": (N_("Days until an answer is overdue"), ""),
    "housekeeping.log_file": (N_("Log file"), N_("Relative: in the interim directory. Empty: not written.")),
    "housekeeping.journal_days": (N_("Days that the log is kept in the store"), ""),
    "housekeeping.purge_after_days": (N_("Delete imported files after days"), N_("Empty: never.")),
    "runs.imports_at_once": (N_("Imports at once, for each replica"), ""),
    "runs.patience_seconds": (N_("Seconds until a silent run counts as gone"), ""),
    "runs.look_seconds": (N_("Seconds between looks for waiting files"), ""),
    "runs.watchers": (N_("Progress streams at once, for each replica"), ""),
    "show.allow_unmasked": (N_("Numbers and names may be shown"), N_("By the command `cpr-batch show`, with a purpose, which is recorded.")),
    "show.allow_protected": (N_("Also of protected persons"), ""),
}  # fmt: skip
FIXED: Mapping[str, str] = {
    "starter": N_("Fixed by the program that started the service."),
    "environment": N_("Fixed by the environment variable:"),
    "secret-file": N_("Fixed by the secret file:"),
}
VARIABLE = "REGISTERBRO_CPR_BATCH__"
SHOWN = "shown"  # names of the check boxes that the form had: one that is not ticked is not sent
FORGET = "forget"  # names whose stored value is to go


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What a form asks the service for."""

    values: Mapping[str, Any]
    unset: Sequence[str]

    @property
    def body(self) -> dict[str, Any]:
        """As the service takes it."""
        return {"values": dict(self.values), "unset": list(self.unset)}

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it is."""
        return not self.values and not self.unset


class Faults:
    """What is wrong with settings, as ``parts.field`` asks for it."""

    def __init__(self, found: Iterable[tuple[str, str]] = ()) -> None:
        self._found = dict(found)

    def error_of(self, name: str) -> Mapping[str, str] | None:
        """What is wrong with one."""
        reason = self._found.get(name)
        return None if reason is None else {"detail": reason}


def change_of(form: Form, settings: Iterable[Mapping[str, Any]]) -> Change:
    """What a form changes; a field that was not in it, or has the value in force, is left alone."""
    forgotten = set(form.many(FORGET))
    values: dict[str, Any] = {}
    unset: list[str] = []
    for each in settings:
        name = each["name"]
        if not each["is_changeable"]:
            continue
        if name in forgotten:
            unset.append(name)
        elif each["is_secret"]:
            values |= {name: form.raw(name)} if form.raw(name) else {}
        elif _was_in(form, each) and (typed := _typed(form, each)) != _shown(each):
            if typed is None and not each["is_nullable"]:
                unset.append(name)
            else:
                values[name] = typed
    return Change(values, unset)


def typed_of(form: Form, settings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What stands in the form, for showing it again; never a secret."""
    return {
        each["name"]: _typed(form, each)
        for each in settings
        if each["is_changeable"] and not each["is_secret"] and _was_in(form, each)
    }


def grouped(settings: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The settings by group, in the order of labels; groups and settings that are not known here come last."""
    places = {name: place for place, name in enumerate(LABELS)}
    found: dict[str, list[Mapping[str, Any]]] = {group: [] for group in GROUPS}
    for each in sorted(settings, key=lambda each: places.get(each["name"], len(places))):
        found.setdefault(each["group"], []).append(each)
    return {group: members for group, members in found.items() if members}


def choices(settings: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen for settings that have a few values only."""
    return {
        each["name"]: [(value, value) for value in each["form"]["enum"]]
        for each in settings
        if "enum" in each["form"]
    }


def variables(settings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the environment variable, or the secret file, of each is called that fixes it."""
    named = {each["name"]: VARIABLE + each["name"].replace(".", "__").upper() for each in settings}
    files = {each["name"] for each in settings if each["origin"] == "secret-file"}
    return {name: text.lower() if name in files else text for name, text in named.items()}


def _was_in(form: Form, setting: Mapping[str, Any]) -> bool:
    name = setting["name"]
    return name in form.many(SHOWN) if _kind(setting) == "boolean" else name in form.fields


def _typed(form: Form, setting: Mapping[str, Any]) -> Any:
    name = setting["name"]
    match _kind(setting):
        case "boolean":
            return form.flag(name)
        case "integer" | "number":
            return _number(form.text(name))
        case _ if form.text(name) == "" and setting["default"] == "":
            return ""
        case _:
            return form.optional(name)


def _number(text: str) -> float | str | None:
    """What is no number goes to the service as it was typed."""
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        return text or None
    if not math.isfinite(found):
        return text
    return int(found) if found.is_integer() else found


def _shown(setting: Mapping[str, Any]) -> Any:
    value = setting["value"]
    return value[:5] if setting["form"].get("format") == "time" and value else value


def _kind(setting: Mapping[str, Any]) -> str:
    return str(setting["form"].get("type", "string"))
