"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.statistics.model import STATISTICS_ACT_LABELS

ACTS = STATISTICS_ACT_LABELS
DETAILS: dict[str, Detail | None] = {SUBJECT: Detail("", {"papers": _("서류 통계")})}
