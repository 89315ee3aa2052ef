"""All pages of the audit log."""

from collections.abc import Sequence

from console.web.audit import erasures, report, search, spot_checks
from console.web.pages import Pages

ALL: Sequence[Pages] = (search.pages, report.pages, spot_checks.pages, erasures.pages)
