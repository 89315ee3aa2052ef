"""What problems of CPR Batch mean to the person at the page, and the next step."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

WINDOW, SETTINGS, SERVER, RUNS = "/ui/batch", "/ui/batch/settings", "/ui/batch/server", "/ui/batch/runs"
TO_SETTINGS = N_("Mend it in the settings, and test the connection again.")
TO_OPERATOR = N_("Tell who runs the file server, or look at the settings.")
ADVICE: Mapping[str, Advice] = {
    # looking into files
    "file-not-there": Advice(N_("There is no such file."), N_("Look at the list of files again."), WINDOW),
    "person-not-in-file": Advice(
        N_("The file holds nothing of this person."), N_("Look in another file, or at the person's contact.")
    ),
    "unmasked-not-allowed": Advice(
        N_("The settings let nobody see names and numbers in files."),
        N_("Who runs Registerbro can allow it, if the law does."),
    ),
    # the file server
    "server-not-configured": Advice(
        N_("No file server is set up yet."), N_("Enter address, user and password in the settings."), SETTINGS
    ),
    "server-host-unknown": Advice(N_("The file server's name has no address."), TO_SETTINGS, SETTINGS),
    "server-unreachable": Advice(
        N_("The file server cannot be reached."),
        N_("Look at name, port and firewall; CPR admits registered addresses only."),
        SETTINGS,
    ),
    "server-timeout": Advice(
        N_("The file server did not answer in time."),
        N_("Try again later, or raise the waiting times in the settings."),
        SETTINGS,
    ),
    "server-tls-failed": Advice(
        N_("The file server does not speak TLS as required."), N_("Look at protocol and port."), SETTINGS
    ),
    "server-certificate-expired": Advice(N_("The file server's certificate has expired."), TO_OPERATOR, SETTINGS),
    "server-certificate-untrusted": Advice(
        N_("The file server's certificate is signed by an unknown authority."),
        N_("Enter the file with the authority to trust."),
        SETTINGS,
    ),
    "server-certificate-other-host": Advice(
        N_("The file server's certificate belongs to another host."),
        N_("Enter the name that stands in the certificate."),
        SETTINGS,
    ),
    "server-certificate-rejected": Advice(
        N_("The file server's certificate is not accepted."), TO_OPERATOR, SETTINGS
    ),
    "server-ssh-failed": Advice(
        N_("The file server does not speak SSH as required."), N_("Look at protocol and port."), SETTINGS
    ),
    "server-host-key-rejected": Advice(
        N_("The file server has another host key than the settings say."),
        N_("Ask its operator whether the key was changed; never just take over the new one."),
        SETTINGS,
    ),
    "server-logon-refused": Advice(
        N_("The file server refuses the logon. It was tried once, so that the account is not locked."),
        N_("Mend user or password in the settings."),
        SETTINGS,
    ),
    "server-directory-refused": Advice(N_("The file server refuses the directory."), TO_SETTINGS, SETTINGS),
    "server-failed": Advice(N_("The file server answers with an error."), TO_OPERATOR, SETTINGS),
    "remote-file-refused": Advice(
        N_("The file server does not hand out the file."), N_("List the files again."), SERVER
    ),
    "remote-file-migrated": Advice(
        N_("The file is on mass storage."), N_("Ask for its recall, or wait until it is back."), SERVER
    ),
    "remote-file-unknown": Advice(
        N_("The file server lists no such file."), N_("List the files again."), SERVER
    ),
    "transfer-broken": Advice(
        N_("The transfer broke off. The part that came never counts."), N_("Get the file again."), SERVER
    ),
    "remote-rename-refused": Advice(
        N_("The file server does not rename the file. It is fetched; renaming is tried again next time."),
        N_("Go on with the import."),
        WINDOW,
    ),
    "upload-refused": Advice(N_("The file server does not take the file."), TO_OPERATOR, SETTINGS),
    "transfer-busy": Advice(
        N_("Another transfer is under way."), N_("Wait for its end, or stop it."), RUNS
    ),
    # the interim directory
    "interim-directory-missing": Advice(
        N_("The interim directory, or a file in it, is not there."), N_("Look at its path in the settings."), SETTINGS
    ),
    "interim-directory-refused": Advice(
        N_("The service may not read or write in the interim directory."),
        N_("Ask the machine's operator to mend the permissions. Nothing is lost."),
    ),
    "interim-directory-full": Advice(
        N_("The disk of the interim directory is full."),
        N_("Make space, for example by deleting old files, and start again. Nothing is lost."),
        "/ui/batch/purges",
    ),
    "interim-directory-failed": Advice(
        N_("The disk of the interim directory fails."), N_("Tell the machine's operator.")
    ),
    # imports, runs and decisions
    "local-file-unknown": Advice(
        N_("There is no such file in the interim directory."), N_("See the files that are there."), WINDOW
    ),
    "file-busy": Advice(N_("Another run is importing the file."), N_("See how far it is."), RUNS),
    "file-refused": Advice(
        N_("The file is refused whole; nothing of it was written."), N_("Ask CPR for the file again."), WINDOW
    ),
    "file-held": Advice(
        N_("The file waits for an approval."), N_("Look at what the brake measured, and decide."), "/ui/batch/approvals"
    ),
    "file-declined": Advice(
        N_("Somebody declined the file."),
        N_("See who and why; it can be approved after all."),
        "/ui/batch/approvals?everything=true",
    ),
    "store-refused": Advice(
        N_("The contact store did not take all of the file. What it took stays."),
        N_("Import the file again; look at the state of the store first."),
        "/ui/",
    ),
    "contact-type-missing": Advice(
        N_("A contact type is missing that the file's persons need."),
        N_("Define it in the configuration, then import again."),
        "/ui/configuration",
    ),
    "import-superseded": Advice(N_("Another run took the file over."), N_("See the runs."), RUNS),
    "run-unknown": Advice(N_("There is no such run."), N_("See the runs."), RUNS),
    "run-ended": Advice(N_("The run has ended: there is nothing to stop."), N_("See the runs."), RUNS),
    "run-not-retryable": Advice(
        N_("The run cannot be started again: it runs, or it is done."), N_("See the runs."), RUNS
    ),
    "run-stopped": Advice(N_("The run was stopped on request."), N_("Start it again from its page."), RUNS),
    "run-failed": Advice(N_("The run failed in another process."), N_("See why, on its page."), RUNS),
    "too-many-watchers": Advice(
        N_("Too many people follow runs at the moment."), N_("Reload the page in a moment.")
    ),
    "approval-unknown": Advice(N_("There is no such approval."), N_("See the approvals."), "/ui/batch/approvals"),
    "approval-decided": Advice(
        N_("It is decided already."), N_("See who decided and why."), "/ui/batch/approvals?everything=true"
    ),
    "gap-unknown": Advice(N_("There is no such gap."), N_("See the gaps."), "/ui/batch/gaps"),
    "gap-closed": Advice(
        N_("The gap is closed already."), N_("See how it was closed."), "/ui/batch/gaps?everything=true"
    ),
    "plan-unknown": Advice(
        N_("The plan is gone: a later dry run of the file replaced it, or there was none."),
        N_("Make a dry run again."),
        WINDOW,
    ),
    # orders
    "orders-not-configured": Advice(
        N_("Nothing can be ordered before customer and task number are set."),
        N_("Enter them in the settings."),
        f"{SETTINGS}#orders.customer_number",
    ),
    "orders-busy": Advice(
        N_("Another upload of orders is under way."), N_("Try again in a moment."), "/ui/batch/orders"
    ),
    "order-unknown": Advice(N_("There is no such order."), N_("See the orders."), "/ui/batch/orders"),
    "order-not-open": Advice(
        N_("The order cannot be withdrawn any more: it is on its way, or done with."),
        N_("See the orders."),
        "/ui/batch/orders",
    ),
    "input-file-taken": Advice(
        N_("The server already has a file of that name which is not ours: another installation uses the same task number."),
        N_("Only one may. Compare the task numbers in the settings."),
        f"{SETTINGS}#orders.task_number",
    ),
    # settings
    "settings-unusable": Advice(
        N_("The settings that are told and those that are stored do not go together."),
        N_("Mend what is named below, in the settings."),
        SETTINGS,
    ),
    "settings-refused": Advice(
        N_("The settings are refused; nothing was saved."),
        N_("Mend the fields that are marked, and save again. Passwords must be typed again."),
    ),
    "settings-incomplete": Advice(
        N_("Something in the settings is missing."), N_("Fill in what is named below."), SETTINGS
    ),
    "files-waiting": Advice(
        N_("Files wait for their import; nothing was saved."),
        N_("Import them first, or leave directory, pattern and prefix as they are."),
        WINDOW,
    ),
    "settings-outdated": Advice(
        N_("The settings were changed just now."), N_("Start again."), WINDOW
    ),
    "version-mismatch": Advice(
        N_("Somebody else changed this in the meantime; nothing was saved."),
        N_("Compare what you typed with the history, then save again."),
    ),
    "adoption-refused": Advice(
        N_("The file of the former installation is refused."), N_("Mend what is named below.")
    ),
    "adoption-busy": Advice(N_("Another adoption is under way."), N_("Try again in a moment.")),
}  # fmt: skip
