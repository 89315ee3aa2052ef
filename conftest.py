"""Fixtures that the tests of all parts share."""

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.rabbitmq",
    "tests.support.ftp",
    "tests.support.sftp",
    "tests.support.services",
    "tests.support.direct_service",
    "tests.support.direct_logons",
    "tests.support.console_service",
    "tests.support.cvr_subscriber",
    "tests.support.foreign_issuer",
    "tests.support.odata",
    "tests.support.privacy_guard",
]
