"""What a problem of CVR's register, or of looking units up, means, and what to do."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

TYPES, CVR, LOOKUP = "/ui/configuration/contact-types", "/ui/cvr", "/ui/cvr/units"
_LATER = N_("Try again in a while; the connection test shows whether it has passed.")
_ODD = N_("Try again in a while. If it stays, report it with what the service says.")
_PROVIDER = N_(
    "Compare the settings of the provider with what was agreed with it: its documentation is “Who delivers CVR's data”."
)
_RENEW = N_("Put a new certificate in its place; how to renew it stands on the page of CVR.")

ADVICE: Mapping[str, Advice] = {
    # the way to the register
    "register-not-configured": Advice(
        N_("A setting that the provider needs is missing."),
        N_("Set what the service names below, and restart the services where it is an environment variable."),
    ),
    "register-unreachable": Advice(
        N_("The register cannot be reached."),
        N_(
            "Check host name, DNS and firewall, and the proxy where one is used. A server that does not take our certificate may cut the connection, too."
        ),
    ),
    "register-timed-out": Advice(N_("The register did not answer in time."), _LATER, CVR),
    "register-throttled": Advice(
        N_("The register was asked too much, and wants us to wait."),
        N_("Wait a few minutes. Updates wait by themselves and go on."),
    ),
    "register-failed": Advice(
        N_("The register failed."),
        N_(
            "Try again in a while. At Datafordeleren's REST services a user without access gets this, too: check the access there."
        ),
    ),
    "register-unavailable": Advice(N_("The register cannot be asked at the moment."), _LATER, CVR),
    "register-error": Advice(N_("The register could not be asked."), _LATER, CVR),
    "register-access-refused": Advice(N_("The register does not let us in."), _PROVIDER),
    "register-token-refused": Advice(
        N_("The register gives us no access token."),
        N_(
            "Compare client id, secret and scope with those that the provider gave out; the secret may have been renewed there."
        ),
    ),
    "register-call-refused": Advice(
        N_("The register refused the call."),
        N_("Ask the provider for access to CVR for our user or client. An API key may be too old."),
    ),
    "proxy-refused": Advice(
        N_("The proxy does not connect us to the register."),
        N_(
            "Check user and password in REGISTERBRO_CVR__PROXY_URL, and let the register's host pass in the proxy."
        ),
    ),
    "certificate-expired": Advice(N_("Our certificate is not valid today."), _RENEW, CVR),
    "certificate-unusable": Advice(
        N_("Our certificate cannot be read."),
        N_("Check that the file is there and whole, and that its password is the one that is stored."),
        CVR,
    ),
    "certificate-refused": Advice(
        N_("The register does not take our certificate, or wants one."),
        N_(
            "Upload the certificate's public part at the register, and check that the host is the one for certificates."
        ),
        CVR,
    ),
    "register-not-trusted": Advice(
        N_("The register's certificate is not trusted."),
        N_("Let REGISTERBRO_CVR__CA_FILE name a file with its authority. Never switch the check off."),
    ),
    "register-answer-unusable": Advice(N_("The register's answer cannot be used."), _ODD),
    "register-answer-not-json": Advice(
        N_("What answered is not the register, or not as it should be."),
        N_(
            "Check the address and the proxy: a page of a gateway may have come instead. If it stays, report it."
        ),
    ),
    "register-field-unusable": Advice(N_("A field of the register's answer cannot be used."), _ODD),
    "register-refused": Advice(
        N_("The register answered with an error of its own."),
        N_("Look its code up with the provider."),
    ),
    "register-feed-gap": Advice(
        N_("The register no longer keeps all events since the last look."),
        N_("Everything is updated by itself; look at the synchronisation."),
        "/ui/cvr-update/synchronisation",
    ),
    "register-position-unusable": Advice(
        N_("The place where reading goes on belongs to another provider."),
        N_("Everything is updated by itself; look at the synchronisation."),
        "/ui/cvr-update/synchronisation",
    ),
    # looking up and importing
    "number-refused": Advice(
        N_("This is neither a CVR number nor a P-number."),
        N_(
            "Write eight digits of a company, or ten of a production unit without separators. The check digit must be right."
        ),
    ),
    "unit-unknown": Advice(
        N_("CVR knows no company or production unit with this number."),
        N_("Check the number, or look for the name."),
        LOOKUP,
    ),
    "criteria-refused": Advice(
        N_("The register cannot be searched by this."), N_("Search by CVR number, P-number or name."), LOOKUP
    ),
    "search-not-supported": Advice(
        N_("This provider has no search by name."), N_("Search by CVR number or P-number."), LOOKUP
    ),
    "no-company": Advice(
        N_("Only companies have production units."),
        N_("Give the CVR number of the company, or import the unit alone."),
    ),
    "contact-erased": Advice(
        N_("This company or production unit was erased for good."),
        N_("It is not imported again before its erasure is lifted, by somebody who may erase."),
    ),
    "store-refused": Advice(
        N_("The contact store did not take what the register delivered."),
        N_("Report it with what the service says."),
    ),
    "store-contended": Advice(
        N_("Others are changing the contact at the moment."), N_("Try again in a moment.")
    ),
    "store-gone": Advice(
        N_("The contact store went away, and nothing was stored."),
        N_("Look at the state of the services, and try again."),
        "/ui/",
    ),
    "contact-type-missing": Advice(
        N_("A contact type that CVR needs is missing."),
        N_("Define it under Configuration, or name another one in the source CVR-J."),
        TYPES,
    ),
    "contact-type-unfit": Advice(
        N_("A contact type that CVR-J names is not validated as CVR's numbers."),
        N_("Change its validation under Configuration, or name another type in the source CVR-J."),
        TYPES,
    ),
}
