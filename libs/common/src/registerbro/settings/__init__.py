"""What can be configured, read once at start: the environment first, then secret files, ``appsettings.json``, defaults.

Every variable begins with ``REGISTERBRO_``; ``__`` leads into a section: ``REGISTERBRO_DATABASE__URL`` is ``database.url``
and, in ``appsettings.json``, ``{"database": {"url": …}}``. A file in ``/run/secrets`` bears the variable's name in lower case
and holds its value. What all services share stands in the sections below; what one service alone needs stands in a section
named after its package (``REGISTERBRO_CPR_BATCH__…``), so that one environment file serves them all: a service checks its
own section and the shared ones, and leaves the other services' sections to them. Any other name with our prefix is an error.
An empty variable counts as not set; ``none`` unsets an optional setting that has another default.

    SettingsInvalid     one line for each problem; names variables, never their values
"""

from registerbro.settings.loading import SettingsInvalid, effective, load, load_or_exit, origins, variable
from registerbro.settings.models import (
    FILE,
    SECRETS,
    Origin,
    ProcessSettings,
    Settings,
    StoreSettings,
    settings_file,
)
from registerbro.settings.sections import (
    IN_PROCESS,
    AuditSettings,
    AuthSettings,
    BusSettings,
    DatabaseSettings,
    EventSettings,
    HttpSettings,
    JobSettings,
    LogSettings,
    Names,
    QueriedUrl,
    SecretNames,
    SecretUrl,
    Section,
    ServerUrl,
    StoredSecretsSettings,
    SubscriptionSettings,
    ToldBy,
    TracingSettings,
)

__all__ = [
    "FILE", "IN_PROCESS", "SECRETS", "AuditSettings", "AuthSettings", "BusSettings", "DatabaseSettings", "EventSettings",
    "HttpSettings", "JobSettings", "LogSettings", "Names", "Origin", "ProcessSettings", "QueriedUrl", "SecretNames", "SecretUrl", "Section",
    "ServerUrl", "Settings", "SettingsInvalid", "StoreSettings", "StoredSecretsSettings", "SubscriptionSettings", "ToldBy", "TracingSettings",
    "effective", "load", "load_or_exit", "origins", "settings_file", "variable",
]  # fmt: skip
