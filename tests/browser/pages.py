"""Every page of the console: who opens it, what it is called in both languages, and the tasks that are done on it."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from console.people.roles import Role
from playwright.async_api import Page

from tests.browser.scene import Scene
from tests.browser.tasks import administration as admin
from tests.browser.tasks import audit, batch, contacts, cvr, direct, events, sandbox
from tests.browser.visitors import Language

Task: TypeAlias = Callable[[Page, Scene], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class PageCase:
    """A page. Names in braces stand for contacts of the scene: for the id in a path, for the name in a heading."""

    path: str
    english: str
    danish: str
    tasks: Sequence[Task] = ()
    role: Role = Role.ADMINISTRATOR

    def __str__(self) -> str:
        return self.path

    def url(self, scene: Scene) -> str:
        """Its path in this scene."""
        return self.path.format(**scene.ids)

    def heading(self, scene: Scene, language: Language) -> str:
        """What it is called in this scene."""
        return {"en": self.english, "da": self.danish}[language].format(**(scene.ids | scene.names))

    def title(self, scene: Scene, language: Language) -> str:
        """What its tab says, which browsers remember: contacts by their id, not by their name."""
        contact = {"en": "Contact", "da": "Kontakt"}[language]
        told = {name: f"{contact} {scene.ids[name]}" for name in scene.names if name in scene.ids}
        text = {"en": self.english, "da": self.danish}[language]
        return text.format(**(scene.ids | scene.names | told))


OFFICER = Role.DATA_PROTECTION_OFFICER

PAGES: Sequence[PageCase] = (
    PageCase("/ui/", "Overview", "Overblik", (admin.sees_how_everything_stands, admin.looks_further_back)),
    PageCase("/ui/setup", "First start", "Første start", (admin.goes_through_the_first_start,)),
    PageCase("/ui/setup/modules", "Switch modules on", "Slå moduler til"),
    PageCase("/ui/setup/cpr-direkte", "Contract with CPR Direkte", "Aftale med CPR Direkte"),
    PageCase("/ui/setup/cpr-batch", "CPR's file server", "CPR's filserver"),
    PageCase("/ui/setup/cvr", "Access to CVR", "Adgang til CVR"),
    PageCase("/ui/setup/connections", "Test the connections", "Test forbindelserne", (admin.tests_a_connection_at_first_start,)),
    PageCase("/ui/setup/import", "First import", "Første import"),
    PageCase("/ui/contacts", "Contacts", "Kontakter", (
        contacts.finds_by_name, contacts.finds_by_number, contacts.finds_by_former_number,
        contacts.finds_by_address, contacts.reads_what_to_do_where_nobody_is_found,
    )),
    PageCase("/ui/contacts/import", "Import from a register", "Importér fra et register", (
        contacts.imports_a_person_by_number, contacts.imports_a_company_with_its_units,
        contacts.imports_a_unit_by_p_number, contacts.finds_a_company_by_name,
    )),
    PageCase("/ui/contacts/import/list", "Import a list of numbers", "Importér en liste med numre", (contacts.imports_a_list,)),
    PageCase("/ui/contacts/new", "Create a contact by hand", "Opret en kontakt manuelt", (contacts.creates_edits_closes_and_erases,)),
    PageCase("/ui/contacts/{person}", "{person}", "{person}", (contacts.sees_addresses_and_relations, contacts.adds_an_address)),
    PageCase("/ui/contacts/{person}/history", "{person}", "{person}", (contacts.reads_the_history,)),
    PageCase("/ui/contacts/{person}/past?version=1", "{person}", "{person}"),
    PageCase("/ui/contacts/{person}/records", "{person}", "{person}", (contacts.reads_the_register_record,)),
    PageCase("/ui/contacts/{person}/subscription", "{person}", "{person}", (
        contacts.sees_the_cases, contacts.ends_and_begins_a_subscription,
    )),
    PageCase("/ui/contacts/{person}/access", "{person}", "{person}", (contacts.sees_who_looked,), OFFICER),
    PageCase("/ui/contacts/{person}/edit", "Edit {person}", "Redigér {person}"),
    PageCase("/ui/contacts/{person}/addresses/new", "Add an address to {person}", "Tilføj en adresse til {person}"),
    PageCase("/ui/contacts/{person}/references/new", "Add a relation to {person}", "Tilføj en relation til {person}"),
    PageCase("/ui/contacts/{person}/closing", "Close {person}?", "Luk {person}?"),
    PageCase("/ui/contacts/{person}/erasure", "Erase {person}", "Slet {person}"),
    PageCase("/ui/contacts/{person}/export", "Everything that is held on {person}", "Alt, hvad der er gemt om {person}", (contacts.exports_everything,), OFFICER),
    PageCase("/ui/contacts/{company}", "{company}", "{company}"),
    PageCase("/ui/contacts/{company}/records", "{company}", "{company}"),
    PageCase("/ui/batch", "CPR Batch", "CPR Batch", (batch.fetches_and_imports,)),
    PageCase("/ui/batch/server", "Files on the server", "Filer på serveren", (
        batch.gets_one_file_looks_at_it_and_imports_it, batch.gets_all_files, batch.tests_the_connection,
    )),
    PageCase("/ui/batch/runs", "Runs", "Kørsler"),
    PageCase("/ui/batch/runs/{run}", "Run: Whole batch job", "Kørsel: Hele batchjobbet"),
    PageCase("/ui/batch/files", "Files", "Filer"),
    PageCase("/ui/batch/files/{file}", "d250604.l123401", "d250604.l123401"),
    PageCase("/ui/batch/files/{file}/problems", "Errors and remarks: d250604.l123401", "Fejl og bemærkninger: d250604.l123401", (batch.sees_the_record_at_fault_masked,)),
    PageCase("/ui/batch/files/{delivered}/persons/1", "Person 1 of {delivered_file}", "Person 1 i {delivered_file}"),
    PageCase("/ui/batch/contacts/{person}", "Imports of contact {person_id}", "Importer af kontakt {person_id}"),
    PageCase("/ui/batch/approvals", "Approvals", "Godkendelser"),
    PageCase("/ui/batch/approvals/{approval}", "Approval: d250605.l123401", "Godkendelse: d250605.l123401", (batch.decides_on_a_held_file,)),
    PageCase("/ui/batch/gaps", "Gaps", "Huller", (batch.dismisses_a_gap,)),
    PageCase("/ui/batch/gaps/{gap}/dismissal", "Dismiss the gap", "Afvis hullet"),
    PageCase("/ui/batch/orders", "Orders to CPR", "Bestillinger til CPR"),
    PageCase("/ui/batch/orders/new", "Order for contacts", "Bestil for kontakter"),
    PageCase("/ui/batch/journal", "Log of important actions", "Log over vigtige handlinger"),
    PageCase("/ui/batch/purges", "Delete old files", "Slet gamle filer"),
    PageCase("/ui/batch/settings", "Settings of CPR Batch", "Indstillinger for CPR Batch", (batch.saves_settings_and_is_warned_before,)),
    PageCase("/ui/batch/settings/history", "History of the settings", "Indstillingernes historik"),
    PageCase("/ui/direct", "CPR Direkte: connection", "CPR Direkte: forbindelse", (direct.tests_the_connection,)),
    PageCase("/ui/direct/password", "Password at CPR", "Adgangskode hos CPR", (
        direct.is_told_where_consent_is_missing, direct.changes_the_password,
    )),
    PageCase("/ui/direct/usage", "Paid calls to CPR", "Betalte kald til CPR"),
    PageCase("/ui/direct/subscriptions", "Subscriptions at CPR", "Abonnementer hos CPR"),
    PageCase("/ui/direct/never", "Never subscribed", "Aldrig abonnement", (direct.never_subscribes_a_number,)),
    PageCase("/ui/direct/policy", "Subscription policy", "Abonnementspolitik", (direct.sees_what_the_policy_would_do,)),
    PageCase("/ui/direct/policy/plan", "What a run of the policy would do", "Hvad en kørsel af politikken ville gøre"),
    PageCase("/ui/direct/reconciliations", "Reconciliation with CPR", "Afstemning med CPR"),
    PageCase("/ui/direct/reconciliations/new", "Compare a list", "Sammenlign en liste", (direct.reconciles_with_a_list,)),
    PageCase("/ui/direct/cases", "Cases and their parties", "Sager og deres parter", (direct.reports_a_case,)),
    PageCase("/ui/direct/alerts", "Alerts", "Alarmer", (), OFFICER),
    PageCase("/ui/events", "Events", "Hændelser", (events.sees_what_was_sent,)),
    PageCase("/ui/events/dead-letters", "Dead letters", "Opgivne beskeder", (
        events.replays_one, events.replays_many, events.discards_one_with_a_reason,
    )),
    PageCase("/ui/events/dead-letters/{letter}", "Dead letter {letter}", "Opgivet besked {letter}"),
    PageCase("/ui/cvr", "CVR", "CVR", (cvr.tests_both_providers, cvr.switches_the_module)),
    PageCase("/ui/cvr/units", "Look a company up", "Slå en virksomhed op", (cvr.looks_a_company_up,)),
    PageCase("/ui/cvr-update", "CVR Update", "CVR Update", (cvr.sees_everybody_subscribed,)),
    PageCase("/ui/cvr-update/subscriptions", "Subscriptions of CVR Update", "Abonnementer i CVR Update"),
    PageCase("/ui/cvr-update/synchronisation", "Synchronisation of CVR Update", "Synkronisering i CVR Update", (
        cvr.synchronises, cvr.updates_everything,
    )),
    PageCase("/ui/cvr-update/queue", "Service queue of CVR Update", "Servicekøen i CVR Update"),
    PageCase("/ui/cvr-update/failures", "Failures of CVR Update", "Fejl i CVR Update"),
    PageCase("/ui/cvr-update/drift", "Comparison with the register", "Sammenligning med registret", (cvr.compares_with_the_register,)),
    PageCase("/ui/clients", "OAuth2 clients", "OAuth2-klienter"),
    PageCase("/ui/clients/new", "Register a client", "Registrér en klient", (admin.registers_a_client_and_takes_its_secret,)),
    PageCase("/ui/clients/cvr-subscription", "CVR Subscription", "CVR Subscription"),
    PageCase("/ui/clients/cvr-subscription/change", "Change the client cvr-subscription", "Ret klienten cvr-subscription"),
    PageCase("/ui/clients/cvr-subscription/secret", "A new secret for cvr-subscription", "En ny hemmelighed til cvr-subscription"),
    PageCase("/ui/configuration", "Configuration", "Konfiguration", (admin.switches_a_module,)),
    PageCase("/ui/configuration/contact-types", "Contact types", "Kontakttyper", (admin.adds_and_removes_a_contact_type,)),
    PageCase("/ui/configuration/contact-types/C", "Contact type C", "Kontakttype C"),
    PageCase("/ui/configuration/sources", "External sources", "Eksterne kilder"),
    PageCase("/ui/configuration/sources/CPR", "External source CPR", "Ekstern kilde CPR", (admin.changes_a_source_in_fields_and_as_a_string,)),
    PageCase("/ui/configuration/sources/CVR-J", "External source CVR-J", "Ekstern kilde CVR-J"),
    PageCase("/ui/configuration/schedules", "Schedules", "Tidsplaner", (admin.changes_a_schedule,)),
    PageCase("/ui/configuration/schedules/cvr-subscription.synchronise", "CVR Subscription: fetch events", "CVR Subscription: hent hændelser"),
    PageCase("/ui/configuration/policy", "Subscription policy", "Abonnementspolitik", (admin.changes_a_number_of_days,)),
    PageCase("/ui/configuration/retention", "Retention", "Opbevaring", (admin.changes_a_number_of_days,)),
    PageCase("/ui/configuration/keys", "Signing keys", "Signeringsnøgler"),
    PageCase("/ui/configuration/history", "History of the configuration", "Konfigurationens historik"),
    PageCase("/ui/people", "Users", "Brugere", (admin.sees_who_may_do_what,)),
    PageCase("/ui/people/new", "Add a user", "Tilføj en bruger", (admin.adds_a_user_who_logs_in,)),
    PageCase("/ui/people/vera", "Vera", "Vera"),
    PageCase("/ui/password", "Change my password", "Skift min adgangskode"),
    PageCase("/ui/audit", "Audit log", "Revisionslog", (audit.finds_who_looked,), OFFICER),
    PageCase("/ui/audit/report", "Report for a person", "Rapport til en person", (audit.makes_the_report_for_a_person,), OFFICER),
    PageCase("/ui/audit/spot-checks", "Spot checks", "Stikprøver", (audit.draws_judges_and_closes_a_spot_check,), OFFICER),
    PageCase("/ui/audit/erasures", "Erasures", "Sletninger", (), OFFICER),
    PageCase("/ui/sandbox", "Sandbox", "Sandkasse"),
    PageCase("/ui/sandbox/persons", "Persons of the sandbox", "Sandkassens personer", (sandbox.lets_a_person_move,)),
    PageCase("/ui/sandbox/companies", "Companies of the sandbox", "Sandkassens virksomheder", (sandbox.lets_a_company_move,)),
    PageCase("/ui/sandbox/persons/1", "Gøril Skovbo Fyrregård", "Gøril Skovbo Fyrregård"),
    PageCase("/ui/sandbox/companies/{unit}", "KMD A/S", "KMD A/S"),
    PageCase("/ui/sandbox/faults", "Faults of the sandbox", "Sandkassens fejl", (sandbox.sets_a_fault_and_takes_it_back,)),
    PageCase("/ui/purpose", "Why do you read contacts?", "Hvorfor læses der kontakter?"),
    PageCase("/ui/preferences", "My settings", "Mine indstillinger"),
)  # fmt: skip
