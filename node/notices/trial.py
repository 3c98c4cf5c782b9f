"""The line to the school's mail server, and a mail that only tries it out."""

import ssl
from email.message import EmailMessage
from email.utils import formataddr, make_msgid

import aiosmtplib

from kit import cleaning
from kit.clock import Clock, local
from kit.i18n import Catalogue, _
from kit.problem import Problem
from node.config import NodeConfig
from node.current import CurrentSettings
from node.notices.model import (
    MailLoginRefused,
    MailRefused,
    MailSecurityRefused,
    MailServerAway,
    NoMailServer,
)

ANSWERS_WITHIN_S = 10.0  # somebody waits at the page
SUBJECT = _("[%(school)s] 시험 메일")
BODY = _(
    "%(school)s의 메일 서버가 잘 연결되었습니다.\n\n"
    "%(name)s 님이 %(at)s에 ‘학교 설정’ 화면에서 보낸 시험 메일입니다. 답하지 않으셔도 됩니다."
)


def line_to(settings: NodeConfig, within_s: float) -> aiosmtplib.SMTP:
    """A connection to the mail server that is set, opened by `async with`."""
    return aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        username=settings.smtp_user or None,
        password=settings.smtp_password or None,
        timeout=within_s,
    )


class MailTrial:
    """Tries the school's mail server out."""

    def __init__(
        self, clock: Clock, settings: CurrentSettings, catalogues: dict[str, Catalogue]
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._catalogues = catalogues

    async def send(self, address: str, name: str, language: str) -> None:
        """Send a mail there, in somebody's name; the server has taken it when this returns.

        Raises NoMailServer, MailServerAway, MailSecurityRefused, MailLoginRefused, MailRefused: each
        says what to look at.
        """
        settings = self._settings.now
        if not settings.smtp_host:
            raise NoMailServer()
        where = f"{settings.smtp_host}:{settings.smtp_port}"
        message = self._written(settings, address, name, language)
        try:
            async with line_to(settings, ANSWERS_WITHIN_S) as smtp:
                await smtp.send_message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _told(error, where, address) from error

    def _written(
        self, settings: NodeConfig, address: str, name: str, language: str
    ) -> EmailMessage:
        catalogue = self._catalogues[language or settings.language]
        params: dict[str, object] = {
            "school": settings.school_name,
            "name": name,
            "at": f"{local(self._clock.now()):%Y-%m-%d %H:%M}",
        }
        message = EmailMessage()
        message["From"] = formataddr((cleaning.line(settings.school_name), settings.smtp_sender))
        message["To"] = address
        message["Subject"] = cleaning.line(catalogue.translate(SUBJECT, params))
        message["Message-ID"] = make_msgid(domain=settings.smtp_sender.rpartition("@")[2])
        message.set_content(cleaning.text(catalogue.translate(BODY, params)))
        return message


def _told(error: Exception, where: str, address: str) -> Problem:
    """What kept a mail from being taken, as whoever set the server can mend it."""
    said = str(error)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        said = str(error.recipients[0].message)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return MailLoginRefused(reason=said)
    # Servers that want encryption first do not offer AUTH before.
    is_plain = isinstance(error, aiosmtplib.SMTPException) and ("TLS" in said or "AUTH" in said)
    if is_plain or isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return MailSecurityRefused(reason=said)
    if isinstance(error, OSError):  # also aiosmtplib's own, which it calls connection errors
        return MailServerAway(where=where, reason=said)
    return MailRefused(address=address, reason=said)
