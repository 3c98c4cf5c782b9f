"""Mail in its time."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.notices.mail import Mailer
from node.notices.service import Notices


def works(notices: Notices, mailer: Mailer) -> list[Every | Daily]:
    """The periodic work. Its names are stored."""
    return [
        Daily("notify.forget", _("지난 학기의 전자우편 기록 정리"), 4, 50, notices.forget_mail),
        Every("notify.mail", _("전자우편 보내기"), 30, mailer.send_waiting),
    ]
