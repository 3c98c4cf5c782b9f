"""A mail server of flesh and blood for the school, and what may happen at its counter."""

from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from kit.clock import ManualClock
from kit.web.keys import JOBS
from node.app import join
from node.ground import Ground
from node.slice import Slice
from tests.conftest import free_port
from tests.node.conftest import School, running_school


class PostOffice:
    """What a mail server does: takes mail in, knows who does not live here."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answers: dict[str, str] = {}  # address → the answer to RCPT
        self.data_answers: dict[str, str] = {}  # address → the answer to DATA
        self.breaks_off = False  # takes the text and says nothing any more
        self.meanwhile: Callable[[], object] = lambda: None  # happens when it is asked for somebody

    async def handle_RCPT(
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        self.meanwhile()
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
        for address in envelope.rcpt_tos:
            if address in self.data_answers:
                return self.data_answers[address]
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append(message_from_bytes(content, policy=policy.default))
        if self.breaks_off:
            assert server.transport is not None
            server.transport.close()
        return "250 OK"

    @property
    def addressees(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.received)


class PostedSchool:
    """A school with a mail server."""

    def __init__(self, school: School, office: PostOffice, controller: Controller) -> None:
        self.school = school
        self.office = office
        self.controller = controller

    def reopen(self) -> None:
        """The mail server comes back, at the same address."""
        self.controller = Controller(self.office, hostname="127.0.0.1", port=self.controller.port)
        self.controller.start()

    async def send(self) -> bool:
        """The job that sends mail, once; whether it went well."""
        return await self.school.app[JOBS].run("notify.mail")

    async def addresses(self, **known: str) -> None:
        for name, address in known.items():
            await self.school.db.write(
                lambda tx, address=address, name=name: tx.execute(  # type: ignore[misc]
                    "UPDATE people_person SET email = ? WHERE name = ?", (address, name)
                )
            )

    async def states(self) -> list[tuple[Any, ...]]:
        """(address, attempts, sent, failed) of all mail."""
        query = (
            "SELECT coalesce(nullif(m.address, ''), p.email), attempts, sent_at IS NOT NULL,"
            " failed_at IS NOT NULL FROM notices_mail m"
            " JOIN people_person p ON p.id = m.person_id ORDER BY 1"
        )
        return await self.school.db.read(lambda tx: tx.rows(query))


async def posted_school(
    folder: Path, clock: ManualClock, join: Callable[[Ground], list[Slice]] = join
) -> AsyncIterator[PostedSchool]:
    """The school of the cast with a mail server, until the generator ends. `join` says what it is made
    of."""
    office, port = PostOffice(), free_port()
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    settings: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_sender": "school@hanbit.test",
        "public_url": "http://hanbit.test",
    }
    async for school in running_school(folder, clock, join=join, **settings):
        opened = PostedSchool(school, office, controller)
        try:
            yield opened
        finally:
            opened.controller.stop()
