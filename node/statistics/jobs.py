"""What statistics does by itself: put together at night what the province is told of papers."""

from kit.i18n import _
from kit.jobs import Daily
from node.statistics.service import Statistics


def works(statistics: Statistics) -> list[Daily]:
    """The periodic work."""
    title = _("교육청에 보낼 서류 통계 집계")
    return [Daily("statistics.take_stock", title, 3, 50, statistics.take_stock)]
