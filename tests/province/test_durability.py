"""A school's node is killed while answers come in: nothing acknowledged is lost or doubled."""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from functools import partial

import aiohttp
import msgspec

from kit.db import Tx
from kit.signin.web import SIGNIN
from kit.web.keys import CLOCK, DB
from node.app import build, open_database
from node.config import NodeConfig
from node.forms.model import FormDraft
from node.keys import Keyring
from node.ledger.service import Ledger
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.session import ASKERS
from node.questions.model import Field, FieldKind, LegalBasis
from protocol.identity import SchoolId
from tests.province.conftest import Province

ANSWERS = 300
AT_ONCE = 30


class Family(msgspec.Struct, frozen=True):
    """A guardian with a session, about to answer for a child."""

    name: str
    student_id: str
    token: str


async def prepare(config: NodeConfig) -> tuple[str, list[Family]]:
    """A form for the whole school and 300 signed-in families, through the node's own services."""
    app = build(config)
    async with open_database(app):
        principal = await app[DB].read(
            lambda tx: tx.value("SELECT person_id FROM people_v_role WHERE role = 'principal'")
        )
        asker = await app[ASKERS].of(principal)
        draft = FormDraft(
            fields=(Field("f1", FieldKind.CONSENT, "참가합니까?"),),
            legal_basis=LegalBasis.PUBLIC_TASK,
        )
        publication = Publication(
            kind=Sort.NEWSLETTER,
            title="전교생 대피 훈련 참가",
            body="모두 참가합니다.",
            keys=("guardians",),
            form=msgspec.json.encode(draft).decode(),
        )

        def publish(tx: Tx) -> str:
            letter = app[NEWSLETTERS].publish_now(tx, asker, publication)
            return str(tx.value("SELECT id FROM forms_v_form WHERE subject = ?", (letter,)))

        form = await app[DB].write(publish)
        rows = await app[DB].read(
            lambda tx: tx.rows(
                "SELECT c.guardian_id, p.name, min(c.student_id) FROM people_v_child c"
                " JOIN people_v_person p ON p.id = c.guardian_id"
                " JOIN people_v_agreement a ON a.person_id = c.guardian_id"
                " WHERE c.may_sign = 1 AND c.guardian_id IN ("
                "  SELECT min(o.guardian_id) FROM people_v_child o"
                "  JOIN people_v_agreement b ON b.person_id = o.guardian_id"
                "  WHERE o.may_sign = 1 GROUP BY o.student_id)"
                " GROUP BY c.guardian_id HAVING count(*) = 1 LIMIT ?",
                (ANSWERS,),
            )
        )
        families = []
        for guardian, name, student in rows:
            start = partial(
                app[SIGNIN].accounts.start_session,
                account_id=guardian,
                device="test",
                address="127.0.0.1",
            )
            started = await app[DB].write(start)
            families.append(Family(name, student, started.token))
        return form, families


async def sign(
    http: aiohttp.ClientSession, base: str, form: str, family: Family, limit: asyncio.Semaphore
) -> int:
    """Send the answer again until it is acknowledged, as a phone's retry would; the leaf."""
    body = {
        "student_id": family.student_id,
        "values": {"f1": ["동의합니다"]},
        "name": family.name,
        "submission": f"page-{family.student_id}",
    }
    headers = {"Authorization": f"Bearer {family.token}"}
    async with limit:
        for _attempt in range(120):
            try:
                async with http.post(
                    f"{base}/api/v1/forms/{form}/answers", json=body, headers=headers
                ) as answer:
                    said = await answer.json()
                    assert answer.status == 201, said
                    return int(said["leaf"])
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(0.25)
    raise AssertionError("never acknowledged")


async def test_no_acknowledged_answer_is_lost_or_doubled_by_a_kill(province: Province) -> None:
    config = province.school("saesol")
    form, families = await prepare(config)
    assert len(families) == ANSWERS
    node = province.supervisor.child("saesol")
    assert node.process is not None
    killed = node.process.pid
    limit = asyncio.Semaphore(AT_ONCE)
    done: list[int] = []

    async with aiohttp.ClientSession() as http:

        async def answer(family: Family) -> int:
            leaf = await sign(http, province.loopback("saesol"), form, family, limit)
            done.append(leaf)
            if len(done) == ANSWERS // 3:
                os.kill(killed, signal.SIGKILL)
            return leaf

        leaves = await asyncio.gather(*(answer(family) for family in families))

    assert node.process.pid != killed
    assert len(set(leaves)) == ANSWERS
    with closing(sqlite3.connect(config.database)) as db:
        kept = dict(
            db.execute(
                "SELECT asked_id, leaf FROM questions_answer WHERE questionnaire_id = ?", (form,)
            )
        )
        signatures = db.execute(
            "SELECT count(*) FROM forms_signature WHERE form_id = ?", (form,)
        ).fetchone()[0]
    acknowledged = {family.student_id: leaf for family, leaf in zip(families, leaves, strict=True)}
    assert kept == acknowledged
    assert signatures == ANSWERS

    app = build(config)
    async with open_database(app):
        ledger = Ledger(app[DB], app[CLOCK], Keyring(config.keys), SchoolId(config.school_id))
        assert await app[DB].read(ledger.check) == []
