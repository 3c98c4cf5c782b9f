"""Questionnaires of any owner: written, answered, kept, looked at again, filed; and what was answered
before questions had a room of their own."""

import io
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestServer
from openpyxl import load_workbook

from kit.clock import ManualClock
from kit.db import Row, Tx, connect
from kit.schema import create, set_meta, statements
from node.app import CONFIG, build
from node.config import NodeConfig
from node.forms.web import FORMS
from node.ground import ROOM
from node.questions import filling
from node.questions.looks import Seen, look
from node.questions.model import (
    AnswerCount,
    Answerer,
    BadAnswer,
    Field,
    FieldKind,
    Given,
    LegalBasis,
    OptionCount,
    Proof,
    Questionnaire,
    Respondent,
    Results,
    RowState,
)
from node.questions.service import Questions
from node.questions.workbook import Heads, workbook
from protocol.records import Answer
from tests.node.conftest import School, running_school
from tests.node.test_form_results import sheet
from tests.node.test_forms import GOING, NO, answer, may_sign, page, sent, sql
from tests.node.test_records import BUS

LUNCH = Field("lunch", FieldKind.CHOICE, "점심", options=("한식", "양식"))
WHY = Field("why", FieldKind.LONG_TEXT, "까닭", required=False)
SURVEY = Questionnaire((LUNCH, WHY), LegalBasis.NONE)
TEACHERS = (
    Respondent("a", "박서연", "3학년부", "3학년부", 1),
    Respondent("b", "정민호", "행정실", "행정실", 2),
)
HEADS = Heads(
    sheet="설문",
    group="부서",
    number="번호",
    name="이름",
    at="답변 일시",
    by="답변한 사람",
    on_paper="종이",
    version="글",
    differs="다름",
    missing="답 없음",
)


class Survey:
    """An owner that signs nothing: it asks the staff, each for themselves."""

    fields = SURVEY.fields
    valid_from = 1

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.read_for: list[Collection[str] | None] = []

    def read_by(self) -> tuple[object, ...]:
        return (SURVEY,)

    def asked(self) -> Mapping[str, tuple[Respondent, Sequence[Answerer]]]:
        return {one.id: (one, ()) for one in TEACHERS}

    def stored(self) -> Mapping[tuple[str, str], Row]:
        rows = self._tx.rows(
            "SELECT asked_id, by_id, by_name, answers, given_at, revision, on_paper_by, version, slot"
            " FROM questions_v_answer WHERE questionnaire_id = 'survey' AND leaf IS NULL"
        )
        return {(row[0], row[-1]): row for row in rows}

    def proved_behind(self, position: int) -> tuple[int, set[str]]:
        return position, set()

    def given(self, some: Collection[str] | None = None) -> Mapping[str, Sequence[Given]]:
        self.read_for.append(some)
        return {
            asked: [_given(row)]
            for (asked, _slot), row in self.stored().items()
            if some is None or asked in some
        }


def _given(row: Row) -> Given:
    asked, by, name, answers, at, revision, on_paper_by, version, slot = row
    words = msgspec.json.decode(answers, type=tuple[Answer, ...])
    return Given(asked, by, name, words, at, revision, on_paper_by, version, slot)


async def test_an_owner_that_signs_nothing_keeps_answers_and_a_look_reads_those_that_changed(
    tmp_path: Path,
) -> None:
    db = connect(f"sqlite:{tmp_path / 'school.db'}")
    questions = Questions(db)
    reads: list[list[Collection[str] | None]] = []

    def given(who: Respondent, lunch: str, revision: int = 1) -> Given:
        words = filling.answers_of(SURVEY.fields, {"lunch": [lunch]})
        return Given(who.id, who.id, who.name, words, 1_764_547_200_000, revision, "")

    def read(tx: Tx, before: Seen | None) -> tuple[Seen, Seen]:
        survey = Survey(tx)
        seen = look(survey, before)
        reads.append(survey.read_for)
        return seen, seen

    await db.open()
    try:
        await db.write(lambda tx: create(tx, ["node.questions"]))
        first, second = TEACHERS
        await db.write(lambda tx: questions.keep(tx, "survey", given(first, "한식")))
        await questions.look("survey", read)
        await questions.look("survey", read)
        await db.write(lambda tx: questions.keep(tx, "survey", given(second, "한식")))
        await db.write(lambda tx: questions.keep(tx, "survey", given(second, "양식", 2)))
        seen = await questions.look("survey", read)
        proved = Proof(7, "0" * 64)
        await db.write(lambda tx: questions.keep(tx, "other", given(first, "한식"), proved))
        kept = await db.read(
            lambda tx: tx.rows("SELECT leaf, record_hash FROM questions_v_answer ORDER BY leaf")
        )
    finally:
        await db.close()
    assert reads == [[None], [], [{"b"}]]
    assert kept == [(None, None), (None, None), (7, "0" * 64)]
    rows = list(seen.rows.values())
    assert [row.state for row in rows] == [RowState.ANSWERED, RowState.ANSWERED]
    assert rows[1].answers[0].revision == 2
    counts = seen.sums.counts(SURVEY.fields)
    assert counts == (AnswerCount("점심", (OptionCount("한식", 1), OptionCount("양식", 1))),)
    found = Results("survey", "점심", SURVEY.fields, tuple(rows), 2, 2, 0, counts)
    (table,) = load_workbook(io.BytesIO(workbook(found, HEADS))).worksheets
    cells = [[cell.value for cell in row] for row in table]
    assert [row[:3] + row[6:7] for row in cells] == [
        ["부서", "번호", "이름", "점심"],
        ["3학년부", 1, "박서연", "한식"],
        ["행정실", 2, "정민호", "양식"],
    ]


def test_a_questionnaire_says_what_keeps_it_from_being_asked_and_what_does_not_fit() -> None:
    assert SURVEY.fault == ""
    assert Questionnaire(legal_basis=LegalBasis.NONE).fault == "질문이 하나 이상 필요합니다."
    assert "개인정보 안내" in Questionnaire((LUNCH,)).fault
    with pytest.raises(BadAnswer) as refused:
        filling.answers_of(SURVEY.fields, {"lunch": ["중식"]})
    assert refused.value.fields == {"lunch": "선택지에서 선택해 주세요."}


# Before questions had a room ------------------------------------------------------------------------------


def _as_before(tx: Tx) -> None:
    """The answers as the release before left them: in the table of forms."""
    folder = ROOM / "forms" / "migrations"
    for script in sorted(folder.glob("00*.sql")):
        for statement in statements(script.read_text(encoding="utf-8")):
            if re.match(r"(CREATE|ALTER) TABLE forms_answer\b", statement):
                tx.execute(statement)
    tx.execute("CREATE INDEX forms_answer_leaf ON forms_answer (leaf)")
    tx.execute(
        "INSERT INTO forms_answer (form_id, student_id, signer_slot, guardian_id, guardian_name,"
        " answers, leaf, record_hash, signed_at, revision, on_paper_by, version)"
        " SELECT questionnaire_id, asked_id, slot, by_id, by_name, answers, leaf, record_hash,"
        " given_at, revision, on_paper_by, version FROM questions_answer"
    )
    for view in ("forms_v_consent", "forms_v_consent_question"):
        tx.execute(f"DROP VIEW {view}")
    tx.execute("DROP INDEX forms_form_opened")
    tx.execute("DROP INDEX forms_signature_drawing")
    for table in ("retraction", "scan", "due", "disposal", "retention"):
        tx.execute(f"DROP TABLE forms_{table}")
    tx.execute("DROP INDEX forms_signature_retracts")
    tx.execute("ALTER TABLE forms_signature DROP COLUMN retracts")
    tx.execute("DROP VIEW questions_v_answer")
    tx.execute("DROP TABLE questions_answer")
    tx.execute(
        "DELETE FROM kit_migration WHERE slice = 'node.questions'"
        " OR (slice = 'node.forms' AND number >= 10)"
    )
    set_meta(tx, "schema.version", "74")
    set_meta(tx, "schema.compat", "4")


async def _shown(school: School, form: str) -> list[object]:
    """What a family, a teacher and the principal see of a form, and what the log holds of it."""
    found: list[object] = []
    mother, head = await school.client_as("김하늘"), await school.client_as("최은영")
    for client, path in (
        (mother, page(school, form)),
        (mother, "/receipts/0"),
        (head, f"/forms/{form}/results/table"),
    ):
        opened = await client.get(path)
        assert opened.status == 200
        of_one_page = r'(name="submission" value|"madang-hx-mark" content)="[^"]*"'
        found.append(re.sub(of_one_page, "", opened.text))
    lines = await (await school.client_as("박서연")).get("/api/v1/receipts")
    found.append((lines.json(), await sheet(head, form)))
    found.append(await school.app[FORMS].results(await school.asker("최은영"), form))
    found.append(await sql(school, "SELECT * FROM ledger_leaf ORDER BY position"))
    found.append(await sql(school, "SELECT * FROM forms_signature ORDER BY leaf"))
    return found


async def test_answers_of_the_release_before_are_shown_changed_and_counted_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, clock: ManualClock
) -> None:
    before: list[object] = []
    async for school in running_school(tmp_path_factory.mktemp("school"), clock):
        await may_sign(school, "이준혁")
        form = await sent(school, fields=(GOING, BUS), both_guardians=True)
        await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
        await answer(school, await school.client_as("김하늘"), form, answer_bus="걸어서")
        father = await school.client_as("이준혁")
        await answer(school, father, form, answer_bus="버스", signature_typed="이준혁")
        before = await _shown(school, form)
        config, people, classes = school.app[CONFIG], school.people_ids, school.classes
        await school.db.write(_as_before)
    again = await _opened(config, clock)
    again.people_ids, again.classes = people, classes
    try:
        assert await _shown(again, form) == before
        assert await sql(again, "SELECT name FROM sqlite_master WHERE name = 'forms_answer'") == []
        assert await again.app[FORMS].compare(again.db) == []
        mother = await again.client_as("김하늘")
        assert (await answer(again, mother, form, answer_going=NO, answer_bus="버스")).status == 303
        found = await again.app[FORMS].results(await again.asker("최은영"), form)
        assert (found.answers, found.differing) == (2, 0)
        assert await again.app[FORMS].compare(again.db) == []
    finally:
        for client in again.clients:
            await client.session.close()
        await again.server.close()


class _Again(School):
    """The same school, opened by the program of today."""

    server: TestServer


async def _opened(config: NodeConfig, clock: ManualClock) -> _Again:
    app = build(config, clock)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    again = _Again(app, server, clock)
    again.server = server
    return again
