"""Mail through the school's own server: a title and a link, never an answer or a child's name."""

import logging
from email.message import EmailMessage
from email.utils import formataddr, make_msgid

import aiosmtplib
import msgspec

from kit import cleaning
from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.i18n import Catalogue, _
from node.notify import store
from node.notify.model import Mail

log = logging.getLogger(__name__)

BATCH = 100
ATTEMPTS = 6

SUBJECTS = {
    "published": _("[%(school)s] %(title)s"),
    "reminder": _("[%(school)s] 다시 알림: %(title)s"),
    "deadline": _("[%(school)s] 마감이 다가옵니다: %(title)s"),
}
BODY = _(
    "%(school)s에서 보낸 안내가 있습니다.\n\n%(title)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)


class MailServer(msgspec.Struct, frozen=True):
    """The school's mail server. `security`: starttls, tls or none."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: str = "starttls"


class Mailer:
    """Sends what waits in `notify_mail`, with back-off; a refused address is told in the ledger."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        server: MailServer,
        *,
        school: str,
        public_url: str,
        catalogues: dict[str, Catalogue],
    ) -> None:
        self._db = db
        self._clock = clock
        self._server = server
        self._school = school
        self._public_url = public_url.rstrip("/")
        self._catalogues = catalogues

    async def send_waiting(self) -> int:
        """Send a batch; how many were accepted by the server. Raises when it is out of reach."""
        now = self._clock.now()
        waiting = await self._db.read(lambda tx: store.waiting_mail(tx, now, BATCH))
        if not waiting:
            return 0
        server = self._server
        accepted = 0
        async with aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.user or None,
            password=server.password or None,
            timeout=30,
        ) as smtp:
            for mail in waiting:
                accepted += await self._send(smtp, mail)
        return accepted

    async def _send(self, smtp: aiosmtplib.SMTP, mail: Mail) -> int:
        now = self._clock.now()
        try:
            await smtp.send_message(self._compose(mail))
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError) as error:
            await self._refused(mail, str(error), permanent=_is_permanent(error))
            return 0
        except (ValueError, aiosmtplib.SMTPNotSupported) as error:
            # An address no mail can be written to must not hold up the mail behind it.
            await self._refused(mail, f"{type(error).__name__}: {error}", permanent=True)
            return 0
        await self._db.write(lambda tx: store.mail_sent(tx, mail.id, now))
        return 1

    async def _refused(self, mail: Mail, reason: str, *, permanent: bool) -> None:
        now = self._clock.now()
        retry = None if permanent or mail.attempts + 1 >= ATTEMPTS else now + self._pause(mail)

        def refused(tx: Tx) -> None:
            store.mail_failed(tx, mail.id, reason, retry, now)
            if retry is None:
                store.mark_mail_refused(tx, mail.newsletter_id, mail.person_id)

        await self._db.write(refused)
        log.warning("mail refused", extra={"mail": mail.id, "final": retry is None})

    def _pause(self, mail: Mail) -> int:
        return int(5 * MINUTE * 2**mail.attempts)

    def _compose(self, mail: Mail) -> EmailMessage:
        catalogue = self._catalogues.get(mail.language) or self._catalogues["ko"]
        params: dict[str, object] = {
            "school": self._school,
            "title": mail.title,
            "link": f"{self._public_url}/newsletters/{mail.newsletter_id}",
        }
        message = EmailMessage()
        message["From"] = formataddr((cleaning.line(self._school), self._server.sender))
        message["To"] = mail.address
        message["Subject"] = cleaning.line(
            catalogue.translate(SUBJECTS.get(mail.kind, SUBJECTS["published"]), params)
        )
        message["Message-ID"] = make_msgid(mail.id, domain=self._server.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(cleaning.text(catalogue.translate(BODY, params)))
        return message


def _is_permanent(error: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPDataError) -> bool:
    """RFC 5321 section 4.2.1: 5yz is for good, 4yz for now."""
    if isinstance(error, aiosmtplib.SMTPDataError):
        return error.code >= 500
    return all(refused.code >= 500 for refused in error.recipients)
