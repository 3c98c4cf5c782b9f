"""What official notices do on their own: land with guardians at their hour."""

from kit.i18n import _
from kit.jobs import Every
from node.official.service import Official


def works(official: Official) -> list[Every]:
    """The periodic work."""
    return [Every("official.land", _("교육청 공문을 보호자에게 발송"), 30, official.land_due)]
