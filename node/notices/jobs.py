"""Mail in its time."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.notices.mail import Mailer
from node.notices.service import Notices


def works(notices: Notices, mailer: Mailer) -> list[Every | Daily]:
    """The periodic work. Its names are stored."""
    return [
        Daily("notify.forget", _("지난 학기의 이메일 기록 정리"), 4, 50, notices.forget_mail),
        Every("notify.mail", _("이메일 보내기"), 30, mailer.send_waiting),
    ]
