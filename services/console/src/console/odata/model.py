"""The entity sets: which properties they have, where the values stand, who sees them, and how the sets hang together.

The one table that metadata, queries and routes are made from. Its SQL speaks of a row ``{t}``, of the row ``{c}`` of a
collection, of the row ``{to}`` that a navigation leads to, of the Danish day ``{day}`` and of a compared ``{value}``.
"""

from collections.abc import Mapping

from registerbro.auth import Scope
from registerbro.contacts.presenting import PROTECTED_LABELS

from console.odata.edm import Collection, Edm, EntitySet, Guard, Navigation, Property, Shortcut

NAMESPACE = "Registerbro"
CONTAINER = "Container"
_NUMBER_TYPES = "any(array(select name_type from contact_type))"  # leads the key of contact_number
_OF_CONTACT = "{to}.contact_id = {t}.contact_id"
_LABELS = ", ".join(f"'{label}'" for label in sorted(PROTECTED_LABELS))
_PROTECTED_LABEL = f"{{c}}_group.label in ({_LABELS})"

_SEARCH = f"""{{t}}.contact_id = any(array(
    select contact_id from contact_number where number = {{number}} and name_type = {_NUMBER_TYPES}
    union all
    select named.contact_id from contact as named
    where search_vector(named.name1 || ' ' || named.name2) @@ search_query({{value}}) and {{named_is_seen}}
    union all
    select home.contact_id from address as home
    where search_vector(home.address1 || ' ' || home.address2 || ' ' || home.postcode || ' ' || home.post_district)
          @@ search_query({{value}})
      and home.address_type <> 'CPRADR' and {{home_is_seen}}))"""


def _hidden(
    name: str, type_: Edm, sql: str, *, nullable: bool = False, shortcut: Shortcut | None = None
) -> Property:
    return Property(name, type_, sql, nullable, Guard.PROTECTED, shortcut=shortcut)


def _contact(name: str, join: str, partner: str = "") -> Navigation:
    return Navigation(name, "Contacts", join, is_many=False, partner=partner)


CONTACTS = EntitySet(
    "Contacts",
    "Contact",
    "contact as {t}",
    key=("ContactId",),
    scope=Scope.CONTACTS_READ,
    guard_row="{t}",
    listed="{t}.merged_into is null",
    contact_ids=("contact_id",),
    etag="version",
    progress="UpdatedAt",
    properties=(
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("NameType", Edm.STRING, "{t}.name_type"),
        Property(
            "NameCode",
            Edm.STRING,
            "{t}.name_code",
            nullable=True,
            shortcut=Shortcut(
                equals="{t}.contact_id in (select contact_id from contact_number where number = {value} and name_type = "
                f"{_NUMBER_TYPES})"
            ),
        ),
        _hidden(
            "Name1",
            Edm.STRING,
            "shown_name1({t})",
            shortcut=Shortcut(
                column="{t}.name1",
                folded='(lower({t}.name1 collate "pg_c_utf8") collate "C")',
                given="{t}.name1 <> ''",
                unless=("Person med cprnr ", "Virksomhed med CVR-nr. ", "Produktionsenhed med P-nr. "),
            ),
        ),
        _hidden(
            "Name2",
            Edm.STRING,
            "shown_name2({t})",
            shortcut=Shortcut(
                column="{t}.name2",
                folded='(lower({t}.name2 collate "pg_c_utf8") collate "C")',
                given="{t}.name2 <> ''",
                unless=("- ikke importeret", "Far til ", "Mor til ", "Værge til "),
            ),
        ),
        _hidden("SortName", Edm.STRING, "{t}.sort_key"),
        _hidden("Text", Edm.STRING, "shown_text({t})"),
        Property("Position", Edm.STRING, "{t}.position"),
        Property("StartDate", Edm.DATE, "{t}.start_date", nullable=True),
        Property("EndDate", Edm.DATE, "{t}.end_date", nullable=True),
        Property("IsProtected", Edm.BOOLEAN, "is_contact_protected({t}, {day})"),
        Property("IsAdvertisingProtected", Edm.BOOLEAN, "is_advertising_protected({t})", nullable=True),
        Property("IsPlaceholder", Edm.BOOLEAN, "{t}.is_placeholder"),
        Property("OwnerId", Edm.INT64, "{t}.owner_id", nullable=True),
        Property("OwnerRole", Edm.STRING, "{t}.owner_role", nullable=True),
        Property("Version", Edm.INT32, "{t}.version"),
        Property("MergedInto", Edm.INT64, "{t}.merged_into", nullable=True),
        Property("CreatedAt", Edm.TIME, "{t}.created_at"),
        Property("UpdatedAt", Edm.TIME, "{t}.updated_at"),
    ),
    collections=(
        Collection(
            "PreviousNameCodes",
            "contact_number as {c}",
            order="{c}.number",
            condition="{c}.contact_id = {t}.contact_id and not {c}.is_current"
            f" and {{c}}.name_type = {_NUMBER_TYPES}",
            item=Property("", Edm.STRING, "{c}.number"),
        ),
        Collection(
            "Info",
            "jsonb_each({t}.info) as {c}_group (label, entries) cross join lateral"
            " jsonb_array_elements_text({c}_group.entries) with ordinality as {c} (value, position)",
            order="{c}_group.label, {c}.position",
            type_name="InfoValue",
            fields=(
                Property("Label", Edm.STRING, "{c}_group.label"),
                Property(
                    "Value",
                    Edm.STRING,
                    "{c}.value",
                    nullable=True,
                    guard=Guard.PROTECTED,
                    hidden_if=_PROTECTED_LABEL,
                ),
            ),
        ),
        Collection(
            "Dates",
            "jsonb_each({t}.dates) as {c}_group (label, entries) cross join lateral"
            " jsonb_array_elements({c}_group.entries) with ordinality as {c} (entry, position)",
            order="{c}_group.label, {c}.position",
            type_name="DateValue",
            fields=(
                Property("Label", Edm.STRING, "{c}_group.label"),
                Property("Value", Edm.STRING, "({c}.entry ->> 'value')", nullable=True),
                Property("Precision", Edm.STRING, "({c}.entry ->> 'precision')", nullable=True),
                Property("IsUncertain", Edm.BOOLEAN, "coalesce(({c}.entry ->> 'uncertain')::boolean, false)"),
            ),
        ),
        Collection(
            "HandEdited",
            "unnest({t}.hand_edited) as {c} (name)",
            order="{c}.name",
            item=Property("", Edm.STRING, "{c}.name"),
        ),
    ),
    navigations=(
        Navigation("Addresses", "Addresses", _OF_CONTACT, partner="Contact"),
        Navigation("References", "References", _OF_CONTACT, partner="Contact"),
        Navigation("Versions", "Versions", _OF_CONTACT, partner="Contact"),
        Navigation("SourceRecords", "SourceRecords", _OF_CONTACT, partner="Contact"),
        Navigation("Cases", "Cases", _OF_CONTACT, partner="Contact"),
    ),
    search=_SEARCH,
)

ADDRESSES = EntitySet(
    "Addresses",
    "Address",
    "address as {t}",
    key=("AddressId",),
    scope=Scope.CONTACTS_READ,
    guarded_by="join contact as {t}_c on {t}_c.contact_id = {t}.contact_id",
    contact_ids=("contact_id",),
    properties=(
        Property("AddressId", Edm.INT64, "{t}.address_id"),
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("AddressType", Edm.STRING, "{t}.address_type"),
        _hidden("Address1", Edm.STRING, "{t}.address1", shortcut=Shortcut(column="{t}.address1")),
        _hidden("Address2", Edm.STRING, "{t}.address2"),
        _hidden("Address3", Edm.STRING, "{t}.address3"),
        _hidden(
            "Postcode",
            Edm.STRING,
            "{t}.postcode",
            shortcut=Shortcut(column="{t}.postcode", given="{t}.postcode <> ''"),
        ),
        _hidden("PostDistrict", Edm.STRING, "{t}.post_district"),
        _hidden("Municipality", Edm.STRING, "{t}.municipality"),
        _hidden("CountryCode", Edm.STRING, "{t}.country_code"),
        _hidden("StartDate", Edm.DATE, "{t}.start_date", nullable=True),
        _hidden("EndDate", Edm.DATE, "{t}.end_date", nullable=True),
        _hidden("Protection", Edm.DATE, "{t}.protection", nullable=True),
        _hidden("PhoneNo", Edm.STRING, "{t}.phone_no"),
        _hidden("Fax", Edm.STRING, "{t}.fax"),
        _hidden("Email", Edm.STRING, "{t}.email"),
        _hidden("IsChangedByHand", Edm.BOOLEAN, "{t}.changed_by_hand"),
    ),
    navigations=(_contact("Contact", _OF_CONTACT, partner="Addresses"),),
)

REFERENCES = EntitySet(
    "References",
    "Reference",
    "contact_reference as {t}",
    key=("ContactId", "Role", "ToContactId"),
    scope=Scope.CONTACTS_READ,
    contact_ids=("contact_id", "to_contact_id"),
    properties=(
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("Role", Edm.STRING, "{t}.role"),
        Property("ToContactId", Edm.INT64, "{t}.to_contact_id"),
        Property("Restrictor", Edm.STRING, "{t}.restrictor"),
        Property("StartDate", Edm.DATE, "{t}.start_date", nullable=True),
        Property("EndDate", Edm.DATE, "{t}.end_date", nullable=True),
        Property("Source", Edm.STRING, "{t}.source", nullable=True),
    ),
    navigations=(
        _contact("Contact", _OF_CONTACT, partner="References"),
        _contact("ToContact", "{to}.contact_id = {t}.to_contact_id"),
    ),
)

VERSIONS = EntitySet(
    "Versions",
    "Version",
    "contact_version as {t}",
    key=("ContactId", "Version"),
    scope=Scope.CONTACTS_READ,
    guarded_by="join contact as {t}_c on {t}_c.contact_id = {t}.contact_id",
    contact_ids=("contact_id",),
    properties=(
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("Version", Edm.INT32, "{t}.version"),
        Property("ReplacedAt", Edm.TIME, "{t}.stored_at"),
        Property("Source", Edm.STRING, "{t}.source"),
        Property("RegisterDate", Edm.DATE, "{t}.register_date", nullable=True),
        _hidden("Before", Edm.STRING, "{t}.before::text"),
    ),
    collections=(
        Collection(
            "Groups",
            "unnest({t}.groups) with ordinality as {c} (name, position)",
            order="{c}.position",
            item=Property("", Edm.STRING, "{c}.name"),
        ),
    ),
    navigations=(_contact("Contact", _OF_CONTACT, partner="Versions"),),
)

SOURCE_RECORDS = EntitySet(
    "SourceRecords",
    "SourceRecord",
    "source_record as {t}",
    key=("ContactId", "Source"),
    scope=Scope.CONTACTS_READ,
    contact_ids=("contact_id",),
    properties=(
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("Source", Edm.STRING, "{t}.source"),
        Property("SrcSubscribed", Edm.BOOLEAN, "{t}.src_subscribed"),
        Property("Subscribed", Edm.BOOLEAN, "{t}.subscribed", nullable=True),
        Property("DeliveredNumber", Edm.STRING, "{t}.delivered_number", nullable=True),
        Property("RegisterDate", Edm.DATE, "{t}.register_date", nullable=True),
        Property("LastDeliveredAt", Edm.TIME, "{t}.last_delivered_at", nullable=True),
        Property("LastChangedAt", Edm.TIME, "{t}.last_changed_at", nullable=True),
        Property("Records", Edm.STRING, "{t}.records", guard=Guard.RAW),
    ),
    navigations=(_contact("Contact", _OF_CONTACT, partner="SourceRecords"),),
)

CASES = EntitySet(
    "Cases",
    "Case",
    "case_contact as {t}",
    key=("CaseReference", "ContactId"),
    scope=Scope.CONTACTS_READ,
    contact_ids=("contact_id",),
    properties=(
        Property("CaseReference", Edm.STRING, "{t}.case_reference"),
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("OpenedAt", Edm.TIME, "{t}.opened_at"),
    ),
    navigations=(_contact("Contact", _OF_CONTACT, partner="Cases"),),
)

SERVICE_QUEUE = EntitySet(
    "ServiceQueue",
    "ServiceTask",
    "service_queue as {t}",
    key=("TaskId",),
    scope=Scope.CVR_UPDATE_RUN,
    properties=(
        Property("TaskId", Edm.INT64, "{t}.task_id"),
        Property("ContactId", Edm.INT64, "{t}.contact_id"),
        Property("Token", Edm.GUID, "{t}.token"),
        Property("Generation", Edm.INT64, "{t}.generation"),
        Property("State", Edm.STRING, "{t}.state"),
        Property("Attempts", Edm.INT32, "{t}.attempts"),
        Property("Failure", Edm.STRING, "{t}.failure", nullable=True),
        Property("QueuedAt", Edm.TIME, "{t}.queued_at"),
        Property("DueAt", Edm.TIME, "{t}.due_at"),
        Property("LeasedBy", Edm.STRING, "{t}.leased_by", nullable=True),
        Property("LeasedUntil", Edm.TIME, "{t}.leased_until", nullable=True),
    ),
)

RUNS = EntitySet(
    "Runs",
    "Run",
    "cpr_run as {t} left join cpr_file as {t}_f on {t}_f.file_id = {t}.file_id",
    key=("RunId",),
    scope=Scope.BATCH_READ,
    properties=(
        Property("RunId", Edm.GUID, "{t}.run_id"),
        Property("ParentId", Edm.GUID, "{t}.parent_id", nullable=True),
        Property("RetryOf", Edm.GUID, "{t}.retry_of", nullable=True),
        Property("Kind", Edm.STRING, "{t}.kind"),
        Property("State", Edm.STRING, "{t}.state"),
        Property("Outcome", Edm.STRING, "{t}.outcome", nullable=True),
        Property("Failure", Edm.STRING, "{t}.failure", nullable=True),
        Property("IsInitialLoad", Edm.BOOLEAN, "{t}.initial_load"),
        Property("Attempt", Edm.INT32, "{t}.attempt"),
        Property("QueuedAt", Edm.TIME, "{t}.queued_at", nullable=True),
        Property("DueAt", Edm.TIME, "{t}.due_at", nullable=True),
        Property("StartedAt", Edm.TIME, "{t}.started_at"),
        Property("FinishedAt", Edm.TIME, "{t}.finished_at", nullable=True),
        Property("FileId", Edm.INT64, "{t}.file_id", nullable=True),
        Property("FileName", Edm.STRING, "{t}_f.name", nullable=True),
        Property("FileState", Edm.STRING, "{t}_f.state", nullable=True),
        Property("FileBytes", Edm.INT64, "{t}_f.size_bytes", nullable=True),
        Property("TaskNumber", Edm.STRING, "{t}_f.task_number", nullable=True),
        Property("ProductionDate", Edm.DATE, "{t}_f.production_date", nullable=True),
    ),
    collections=(
        Collection(
            "Counts",
            "jsonb_each({t}.counts) as {c} (name, value)",
            order="{c}.name",
            condition="jsonb_typeof({c}.value) = 'number'",
            type_name="Count",
            fields=(
                Property("Name", Edm.STRING, "{c}.name"),
                Property("Value", Edm.INT64, "{c}.value::bigint"),
            ),
        ),
    ),
)

DEAD_LETTERS = EntitySet(
    "DeadLetters",
    "DeadLetter",
    "dead_letter as {t}",
    key=("DeadLetterId",),
    scope=Scope.EVENTS_REPLAY,
    properties=(
        Property("DeadLetterId", Edm.INT64, "{t}.dead_letter_id"),
        Property("Consumer", Edm.STRING, "{t}.consumer"),
        Property("EventId", Edm.GUID, "{t}.event_id", nullable=True),
        Property("Type", Edm.STRING, "{t}.type", nullable=True),
        Property("RoutingKey", Edm.STRING, "{t}.routing_key"),
        Property("Reason", Edm.STRING, "{t}.reason"),
        Property("Attempts", Edm.INT32, "{t}.attempts"),
        Property("ArrivedAt", Edm.TIME, "{t}.arrived_at"),
        Property("ReplayRequestedAt", Edm.TIME, "{t}.replay_requested_at", nullable=True),
        Property("ReplayedAt", Edm.TIME, "{t}.replayed_at", nullable=True),
        Property("DiscardedAt", Edm.TIME, "{t}.discarded_at", nullable=True),
        Property("DiscardReason", Edm.STRING, "{t}.discard_reason", nullable=True),
    ),
)

AUDIT_LOG = EntitySet(
    "AuditLog",
    "AuditEntry",
    "audit_log as {t}",
    key=("AuditId", "Stage"),
    scope=Scope.AUDIT_READ,
    tells_of_accesses=True,
    properties=(
        Property("AuditId", Edm.GUID, "{t}.audit_id"),
        Property("Stage", Edm.STRING, "{t}.stage"),
        Property("At", Edm.TIME, "{t}.at"),
        Property("Client", Edm.STRING, "{t}.client"),
        Property("ActingUser", Edm.STRING, "{t}.acting_user", nullable=True),
        Property("Service", Edm.STRING, "{t}.service"),
        Property("Action", Edm.STRING, "{t}.action"),
        Property("Purpose", Edm.STRING, "{t}.purpose"),
        Property("CaseReference", Edm.STRING, "{t}.case_reference", nullable=True),
        Property("BreakGlassReason", Edm.STRING, "{t}.break_glass_reason", nullable=True),
    ),
    collections=(
        Collection(
            "ContactIds",
            "unnest({t}.contact_ids) with ordinality as {c} (contact_id, position)",
            order="{c}.position",
            item=Property("", Edm.INT64, "{c}.contact_id"),
        ),
        Collection(
            "Fields",
            "unnest({t}.fields) with ordinality as {c} (name, position)",
            order="{c}.position",
            item=Property("", Edm.STRING, "{c}.name"),
        ),
    ),
)

ENTITY_SETS: Mapping[str, EntitySet] = {
    each.name: each
    for each in (
        CONTACTS,
        ADDRESSES,
        REFERENCES,
        VERSIONS,
        SOURCE_RECORDS,
        CASES,
        SERVICE_QUEUE,
        RUNS,
        DEAD_LETTERS,
        AUDIT_LOG,
    )
}
