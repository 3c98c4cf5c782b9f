"""Mail through the school's own server: a title and a link, never an answer or a child's name."""

import logging
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formataddr, make_msgid

import aiosmtplib
import msgspec

from kit import cleaning
from kit.clock import MINUTE, Clock, local
from kit.db import Database, Tx
from kit.i18n import Catalogue, _
from node.notify import ledger_store, mail_store
from node.notify.model import ACCESS_MAIL, PUBLISHED, Mail, MessageKind, Unsent, Waiting
from node.notify.outgoing import claim

log = logging.getLogger(__name__)

BATCH = 100
ATTEMPTS = 6
CLAIM_LASTS = 10 * MINUTE  # longer than any server takes: whoever claimed it then is gone

SUBJECTS = {
    PUBLISHED: _("[%(school)s] %(title)s"),
    MessageKind.REMINDER: _("[%(school)s] 다시 알림: %(title)s"),
    MessageKind.DEADLINE: _("[%(school)s] 마감이 다가옵니다: %(title)s"),
    MessageKind.MOVED: _("[%(school)s] 기한이 바뀌었습니다: %(title)s"),
    MessageKind.ASKED_ANEW: _("[%(school)s] 다시 답해 주세요: %(title)s"),
    MessageKind.HELD: _("[%(school)s] 예약한 글을 발행하지 못했습니다: %(title)s"),
}
BODY = _(
    "%(school)s에서 보낸 안내가 있습니다.\n\n%(title)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
BODY_WITH_DEADLINE = _(
    "%(school)s에서 보낸 안내가 있습니다.\n\n%(title)s\n회신 마감: %(deadline)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
ACCESS_SUBJECT = _("[%(school)s] 계정과 권한: %(title)s")
BODY_ACCESS = _(
    "%(school)s의 계정이나 권한이 바뀌었습니다.\n\n%(title)s\n\n"
    "누가 무엇을 바꾸었는지 아래 주소에서 확인해 주세요. 모르는 일이면 학교 관리자에게 바로"
    " 알려 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
BODY_HELD = _(
    "예약한 시각에 발행하지 못한 글이 있습니다.\n\n%(title)s\n\n"
    "아래 주소에서 이유를 확인하고 고쳐서 다시 보내 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
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
    """Sends what waits in `notify_mail`, with back-off; a refused address is told in the ledger.

    At most once: a row is claimed before its mail is handed over, so that neither two runs nor a
    kill send it twice. Where the line breaks while the server takes the text (RFC 5321 section
    4.2.5 leaves open who then has it), the mail is closed as doubtful and not sent again: it only
    points to what stands in the portal, and whoever has not read it there can be reminded.
    """

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
        await self._close_abandoned()
        now = self._clock.now()
        if not await self._db.read(lambda tx: mail_store.waiting_mail(tx, now, 1)):
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
            for _turn in range(BATCH):
                mail, more = await self._db.write(lambda tx: claim(tx, self._clock.now()))
                if mail is not None:
                    accepted += await self._send(smtp, mail)
                elif not more:
                    break
        return accepted

    async def _close_abandoned(self) -> None:
        """Mails whose sender was killed: whether they arrived, nobody knows."""
        now = self._clock.now()
        for mail_id in await self._db.read(lambda tx: mail_store.abandoned(tx, now - CLAIM_LASTS)):
            await self._doubt(mail_id)

    async def _doubt(self, mail_id: str) -> None:
        now = self._clock.now()
        await self._db.write(lambda tx: mail_store.close_mail(tx, mail_id, Unsent.DOUBTFUL, now))
        log.warning("a mail was cut off: it may have arrived", extra={"mail": mail_id})

    async def _send(self, smtp: aiosmtplib.SMTP, mail: Mail) -> int:
        """Hand a claimed mail over; whether it was accepted (0 or 1). Raises when the server is
        out of reach: what was certainly not handed over waits on."""
        try:
            text = self._compose(mail).as_bytes(policy=SMTP_POLICY)
            await smtp.mail(self._server.sender)
            await smtp.rcpt(mail.address)
        except aiosmtplib.SMTPRecipientRefused as error:
            await self._refused(mail, str(error), permanent=error.code >= 500)
            await smtp.rset()
            return 0
        except ValueError as error:
            # An address no mail can be written to must not hold up the mail behind it.
            await self._refused(mail, f"{type(error).__name__}: {error}", permanent=True)
            await smtp.rset()
            return 0
        except BaseException:
            await self._db.write(lambda tx: mail_store.release_mail(tx, mail.row.id))
            raise
        try:
            await smtp.data(text)
        except aiosmtplib.SMTPDataError as error:
            await self._refused(mail, str(error), permanent=error.code >= 500)
            return 0
        except BaseException:
            await self._doubt(mail.row.id)
            raise
        now = self._clock.now()
        await self._db.write(lambda tx: mail_store.mail_sent(tx, mail.row.id, now))
        return 1

    async def _refused(self, mail: Mail, reason: str, *, permanent: bool) -> None:
        now = self._clock.now()
        retry = None if permanent or mail.row.attempts + 1 >= ATTEMPTS else now + self._pause(mail)

        def refused(tx: Tx) -> None:
            mail_store.mail_failed(tx, mail.row.id, reason, retry, now)
            if retry is None:
                _note_refused(tx, mail.row)

        await self._db.write(refused)
        log.warning("mail refused", extra={"mail": mail.row.id, "final": retry is None})

    def _pause(self, mail: Mail) -> int:
        return int(5 * MINUTE * 2**mail.row.attempts)

    def _compose(self, mail: Mail) -> EmailMessage:
        catalogue = self._catalogues.get(mail.language) or self._catalogues["ko"]
        of_access = mail.row.kind.startswith(ACCESS_MAIL)
        target = "notifications" if of_access else f"newsletters/{mail.row.newsletter_id}"
        params: dict[str, object] = {
            "school": self._school,
            "title": catalogue.translate(mail.title, {}) if of_access else mail.title,
            "deadline": ""
            if mail.deadline_at is None
            else f"{local(mail.deadline_at):%Y-%m-%d %H:%M}",
            "link": f"{self._public_url}/{target}",
        }
        message = EmailMessage()
        message["From"] = formataddr((cleaning.line(self._school), self._server.sender))
        message["To"] = mail.address
        subject = ACCESS_SUBJECT if of_access else SUBJECTS[mail.row.kind]
        message["Subject"] = cleaning.line(catalogue.translate(subject, params))
        message["Message-ID"] = make_msgid(
            mail.row.id, domain=self._server.sender.rpartition("@")[2]
        )
        message["Auto-Submitted"] = "auto-generated"
        body = BODY if mail.deadline_at is None else BODY_WITH_DEADLINE
        if mail.row.kind == MessageKind.HELD:
            body = BODY_HELD
        if of_access:
            body = BODY_ACCESS
        message.set_content(cleaning.text(catalogue.translate(body, params)))
        return message


def _note_refused(tx: Tx, row: Waiting) -> None:
    """Whom a mail of a letter could not reach stands in its ledger."""
    letter = ledger_store.number_to_write(tx, row.newsletter_id)
    if letter is not None:
        ledger_store.mark_mail_refused(tx, row.newsletter_id, letter, row.person_id, row.through)
