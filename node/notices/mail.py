"""Mail through the school's own server: a title and a link, never an answer or a child's name."""

import logging
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formataddr, make_msgid

import aiosmtplib

from kit import cleaning
from kit.clock import MINUTE, Clock, local
from kit.db import Database, StorageFailed, Tx
from kit.i18n import Catalogue
from kit.schema import get_meta, set_meta
from node.current import CurrentSettings
from node.notices import mail_store
from node.notices.model import MailNow
from node.notices.outgoing import claim
from node.notices.saying import Sayings
from node.notices.trial import line_to
from node.ports.noticed import WhyUnsent

log = logging.getLogger(__name__)

BATCH = 100
ATTEMPTS = 6
ANSWERS_WITHIN_S = 30.0
LIFE = "notices.life"  # the database's epoch for which what waits was written
CLAIM_LASTS = 10 * MINUTE  # longer than any server takes: whoever claimed it then is gone


class Mailer:
    """Sends what waits in `notices_mail`, with back-off; whoever told it hears of a refused address.

    At most once: a row is claimed before its mail is handed over, so that neither two runs nor a
    kill send it twice. Where the line breaks while the server takes the text (RFC 5321 section
    4.2.5 leaves open who then has it), the mail is closed as doubtful and not sent again: it only
    points to what stands in the portal, and whoever has not read it there can be reminded. So is what
    was due before the school came back from a backup. What is
    known is no doubt: where the disk is too full to keep it, it is kept when there is room again.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: CurrentSettings,
        sayings: Sayings,
        catalogues: dict[str, Catalogue],
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._sayings = sayings
        self._catalogues = catalogues
        self._unkept: list[Callable[[Tx], None]] = []
        """What became of claimed mails while the disk was full."""

    async def begin_life(self) -> None:
        """After a restore: what was due when the backup was made, or since, may have gone out then."""
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            life, before = get_meta(tx, "epoch") or "", get_meta(tx, LIFE)
            if life == before:
                return
            if before is not None:
                mail_store.close_due(tx, WhyUnsent.DOUBTFUL, now)
            set_meta(tx, LIFE, life)

        await self._db.write(unit)

    async def send_waiting(self) -> int:
        """Send a batch; how many were accepted by the server. Raises when it is out of reach. Nothing
        while the school has none."""
        if not self._settings.now.smtp_host:
            return 0
        while self._unkept:
            await self._keep(self._unkept.pop())
        await self._close_abandoned()
        now = self._clock.now()
        if not await self._db.read(lambda tx: mail_store.waiting_mail(tx, now, 1)):
            return 0
        accepted = 0
        async with line_to(self._settings.now, ANSWERS_WITHIN_S) as smtp:
            for _turn in range(BATCH):
                mail, more = await self._db.write(self._claim)
                if mail is not None:
                    accepted += await self._send(smtp, mail)
                elif not more:
                    break
        return accepted

    def _claim(self, tx: Tx) -> tuple[MailNow | None, bool]:
        return claim(tx, self._sayings, self._clock.now())

    async def _close_abandoned(self) -> None:
        """Mails whose sender was killed: whether they arrived, nobody knows."""
        now = self._clock.now()
        for mail_id in await self._db.read(lambda tx: mail_store.abandoned(tx, now - CLAIM_LASTS)):
            await self._doubt(mail_id)

    async def _doubt(self, mail_id: str) -> None:
        now = self._clock.now()
        await self._keep(lambda tx: mail_store.close_mail(tx, mail_id, WhyUnsent.DOUBTFUL, now))
        log.warning("a mail was cut off: it may have arrived", extra={"mail": mail_id})

    async def _keep(self, outcome: Callable[[Tx], None]) -> None:
        """Keep what became of a claimed mail. Raises StorageFailed: then the next round keeps it."""
        try:
            await self._db.write(outcome)
        except StorageFailed:
            self._unkept.append(outcome)
            raise

    async def _send(self, smtp: aiosmtplib.SMTP, mail: MailNow) -> int:
        """Hand a claimed mail over; whether it was accepted (0 or 1). Raises when the server is
        out of reach: what was certainly not handed over waits on."""
        try:
            text = self._compose(mail).as_bytes(policy=SMTP_POLICY)
            await smtp.mail(self._settings.now.smtp_sender)
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
            await self._keep(lambda tx: mail_store.release_mail(tx, mail.row.id))
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
        await self._keep(lambda tx: mail_store.mail_sent(tx, mail.row.id, now))
        return 1

    async def _refused(self, mail: MailNow, reason: str, *, permanent: bool) -> None:
        now = self._clock.now()
        retry = None if permanent or mail.row.attempts + 1 >= ATTEMPTS else now + self._pause(mail)

        def refused(tx: Tx) -> None:
            mail_store.mail_failed(tx, mail.row.id, reason, retry, now)
            if retry is None:
                self._sayings.of(mail.row.kind).refused(tx, mail.row)

        await self._keep(refused)
        log.warning("mail refused", extra={"mail": mail.row.id, "final": retry is None})

    def _pause(self, mail: MailNow) -> int:
        return int(5 * MINUTE * 2**mail.row.attempts)

    def _compose(self, mail: MailNow) -> EmailMessage:
        settings = self._settings.now
        catalogue = self._catalogues.get(mail.language) or self._catalogues[settings.language]
        written = mail.written
        until = written.deadline_at
        params: dict[str, object] = {
            "school": settings.school_name,
            "title": written.title or catalogue.translate(written.label, {}),
            "deadline": "" if until is None else f"{local(until):%Y-%m-%d %H:%M}",
            "link": settings.public_url.rstrip("/") + written.href,
        }
        message = EmailMessage()
        message["From"] = formataddr((cleaning.line(settings.school_name), settings.smtp_sender))
        message["To"] = mail.address
        message["Subject"] = cleaning.line(catalogue.translate(written.subject, params))
        message["Message-ID"] = make_msgid(
            mail.row.id, domain=settings.smtp_sender.rpartition("@")[2]
        )
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(cleaning.text(catalogue.translate(written.body, params)))
        return message
