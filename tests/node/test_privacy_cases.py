"""Stories of requests about one's own data: from the form to the answer, and the copy of it all."""

import io
import json
import re
import zipfile
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import pytest

from kit import audit
from kit.clock import DAY, local_date
from kit.db import Row, Tx, Value
from kit.held import Held, Holds
from kit.ids import new_id
from kit.problem import Forbidden, NotFound
from kit.signin import about as signin
from kit.web.assembly import ASSEMBLY
from node.access_log.model import What
from node.app import CONFIG
from node.assistant import store as assistant_store
from node.drive.model import Right
from node.drive.web import DRIVE
from node.notify.model import MessageKind
from node.people.agreements import SIGNING
from node.people.model import Role
from node.privacy.case import MOST_OPEN, CaseKind
from node.privacy.cases_web import CASES, COPIES
from node.privacy.copies import FOLDER
from tests.node.conftest import Client, School
from tests.node.looking import OFFICER, entries, look_at_class, name_officer
from tests.node.routes_drive import _file
from tests.node.routes_forms import _receipt
from tests.node.tables import MODULES
from tests.waiting import until

T = TypeVar("T")
GROWS = (
    "forms_signature",
    "questions_answer",
    "ledger_leaf",
    "notify_reached",
    "notices_line",
    "notices_mail",
    "notices_access",
    "newsletters_opening",
    "official_opening",
    "access_log_entry",
    "access_log_shown",
    "kit_audit",
    "assistant_turn",
)
"""Tables with a row for each thing that somebody did or was told."""


@pytest.fixture
async def officer(school: School) -> Client:
    await name_officer(school)
    return await school.client_as(OFFICER)


async def ask(
    school: School, name: str, about: str, kind: str = "see", details: str = "모두"
) -> tuple[Client, str]:
    """(browser, address of the request) of somebody who asks about a person's data."""
    client = await school.client_as(name)
    form = {"kind": kind, "person": school.id(about), "details": details}
    answer = await client.post("/privacy/requests", form)
    assert answer.status == 303, answer.text
    return client, answer.location


def of_officer(request: str) -> str:
    return request.replace("/requests/", "/cases/")


async def made(school: School, officer: Client, request: str) -> None:
    """The officer has the copy made, and it is ready."""
    await officer.post(of_officer(request) + "/copy")
    await school.app[COPIES].make_waiting()

    async def is_ready() -> bool:
        return "사본에 포함된 내용" in (await officer.get(of_officer(request))).text

    await until(is_ready)


# The request ----------------------------------------------------------------------------------


async def test_a_guardian_asks_and_is_answered(school: School, officer: Client) -> None:
    mother, request = await ask(school, "김하늘", "이지우", "correct", "생일이 틀립니다")
    assert "10일 남음" in (await mother.get(request)).text
    front = (await officer.get("/")).text
    assert "답변할 개인정보 요구" in front
    assert "이지우 (김하늘)" in front
    shown = (await officer.get(of_officer(request))).text
    assert "생일이 틀립니다" in shown
    await officer.post(of_officer(request) + "/fulfil", {"reason": "고쳤습니다"})
    assert "개인정보 요구에 답변이 등록되었습니다" in (await mother.get("/")).text
    answer = (await mother.get(request)).text
    assert "처리 완료" in answer
    assert "고쳤습니다" in answer
    assert str(school.clock.now()) not in answer  # moments are told as people read them
    assert "개인정보 요구에 답변이 등록되었습니다" not in (await mother.get("/")).text
    again = await officer.post(of_officer(request) + "/refuse", {"reason": "아니오"})
    assert again.status in (303, 409)
    assert "아니오" not in (await mother.get(request)).text


async def test_the_deadline_is_the_tenth_day_and_can_be_moved_with_a_reason(
    school: School, officer: Client
) -> None:
    mother, request = await ask(school, "김하늘", "이지우")
    due = await school.db.read(lambda tx: tx.value("SELECT due_at FROM privacy_case"))
    assert (local_date(due) - local_date(school.clock.now())).days == 10
    school.clock.advance(8 * DAY)
    officer = await school.client_as(OFFICER)
    assert "2일 남음" in (await officer.get("/privacy/cases")).text
    await officer.post(of_officer(request) + "/extend", {"days": "5", "reason": "자료가 많습니다"})
    told = (await mother.get(request)).text
    assert "자료가 많습니다" in told
    assert "7일 남음" in told
    school.clock.advance(9 * DAY)
    assert "2일 지남" in (await officer.get("/privacy/cases")).text


async def test_a_refusal_tells_its_reason_and_how_to_appeal(
    school: School, officer: Client
) -> None:
    mother, request = await ask(school, "김하늘", "이지우", "erase", "다 지워 주세요")
    await officer.post(of_officer(request) + "/refuse", {"reason": "재학 중에 필요합니다"})
    told = (await mother.get(request)).text
    assert "재학 중에 필요합니다" in told
    assert "분쟁조정위원회" in told


async def test_nothing_is_decided_without_a_word(school: School, officer: Client) -> None:
    _mother, request = await ask(school, "김하늘", "이지우")
    for step in ("fulfil", "refuse"):
        await officer.post(f"{of_officer(request)}/{step}", {"reason": " "})
    state = await school.db.read(lambda tx: tx.value("SELECT state FROM privacy_case"))
    assert state == "received"


async def test_nobody_asks_about_somebody_elses_child(school: School) -> None:
    stranger = await school.client_as("이도윤")
    form = {"kind": "see", "person": school.id("이지우")}
    assert (await stranger.post("/privacy/requests", form)).status == 404


async def test_a_requester_waits_for_answers_before_asking_on_and_on(school: School) -> None:
    for _time in range(MOST_OPEN):
        mother, _request = await ask(school, "김하늘", "이지우")
    form = {"kind": "see", "person": school.id("이지우")}
    refused = await mother.post("/privacy/requests", form, allow_redirects=True)
    assert "20건" in refused.text
    cases = await school.db.read(lambda tx: tx.value("SELECT count(*) FROM privacy_case"))
    assert cases == MOST_OPEN


async def test_a_right_that_ended_opens_no_answer(school: School, officer: Client) -> None:
    mother, request = await ask(school, "김하늘", "이지우")
    office = await school.asker("오정숙")
    await school.people.families.end_guardianship(office, school.id("김하늘"), school.id("이지우"))
    assert (await mother.get(request)).status == 404
    assert (await mother.get(request + "/copy")).status == 404


async def test_a_request_on_paper_is_entered_by_the_officer(
    school: School, officer: Client
) -> None:
    found = await officer.get(f"/privacy/cases/new?q=이지우&person={school.id('이지우')}")
    assert "접수" in found.text
    form = {"kind": "stop", "person": school.id("이지우"), "requester": "김하늘", "details": "사진"}
    entered = await officer.post("/privacy/cases", form)
    shown = (await officer.get(entered.location)).text
    assert "서면 접수, 윤태식" in shown


async def test_each_step_stands_in_the_audit_log_under_the_person(
    school: School, officer: Client
) -> None:
    _mother, request = await ask(school, "김하늘", "이지우")
    await officer.post(of_officer(request) + "/fulfil", {"reason": "보여 드렸습니다"})
    acts = await school.db.read(lambda tx: audit.about(tx, school.id("이지우")))
    assert [one.action for one in acts] == ["privacy:case:fulfil", "privacy:case:receive"]


# The copy -------------------------------------------------------------------------------------


async def _planted(school: School) -> str:
    """Something of 박서연's (staff) in every slice; a file of hers in the drive."""
    teacher, now = school.id("박서연"), school.clock.now()
    item = (await _file(school)).removeprefix("/drive/")
    giver = await school.asker("박서연")
    await school.app[DRIVE].sharing.give(
        giver, item, f"staff/person:{school.id('한지민')}", Right.VIEW
    )

    def work(tx: Tx) -> None:
        turn = new_id()
        assistant_store.add_turn(tx, turn, teacher, "비밀 질문?", now)
        assistant_store.hand_over(tx, turn, teacher, "박서연", "", "맡긴 질문?", now)
        tx.execute(
            "INSERT INTO messenger_account (person_id, localpart, made_at) VALUES (?, 'seoyeon', 1)",
            (teacher,),
        )
        tx.execute(
            "INSERT INTO signin_app_password (id, account_id, door, name, secret_hash, made_at)"
            " VALUES ('a', ?, 'messenger', '내 앱', 'x', 1)",
            (teacher,),
        )
        letter = tx.value("SELECT id FROM newsletters_newsletter LIMIT 1")
        tx.execute(
            "INSERT INTO newsletters_opening (newsletter_id, person_id, opened_at, published_at)"
            " VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING",
            (letter, teacher, now),
        )
        tx.execute(
            "INSERT INTO notices_line (id, person_id, kind, at, about) VALUES ('m', ?, ?, ?, ?)",
            (teacher, MessageKind.RETURNED.value, now, letter),
        )
        tx.execute(
            "INSERT INTO notices_mail (id, about, person_id, address, kind, not_before_at)"
            " VALUES ('m', ?, ?, 'seoyeon@hanbit.example', 'returned', 1)",
            (letter, teacher),
        )
        tx.execute(
            "INSERT INTO official_notice (id, revision, reference, title, body, audience, "
            "department, contact, issued_at, received_at, must_acknowledge) VALUES ('n', "
            "1, '', '교육청 공문문', '', 'staff', '', '', 1, 1, 0)"
        )
        tx.execute("INSERT INTO official_opening VALUES ('n', ?, ?)", (teacher, now))

    await school.db.write(work)
    return item


async def test_a_copy_holds_what_every_slice_has_of_the_person(
    school: School, officer: Client
) -> None:
    await _receipt(school)  # a letter and form that 박서연 wrote
    await _planted(school)
    await school.settled()
    office = await school.client_as("오정숙")
    await office.get(f"/admin/people/{school.id('박서연')}")
    await entries(school)
    teacher, request = await ask(school, "박서연", "박서연", details="제 것 모두")
    await made(school, officer, request)
    await officer.post(of_officer(request) + "/release")
    packed = await teacher.get(request + "/copy")
    with zipfile.ZipFile(io.BytesIO(packed.body)) as opened:
        tables = {
            name.removesuffix(".json"): json.loads(opened.read(name))
            for name in opened.namelist()
            if name.endswith(".json")
        }
        page = opened.read("index.html").decode()
        assert {f"{name}.csv" for name in tables} <= set(opened.namelist())
    filled = {name for name, rows in tables.items() if rows}
    assert filled >= {
        "person", "post", "account", "devices", "access-log", "letters-opened", "letters-written",
        "official-opened", "drive-own", "notifications", "mail", "messenger-account",
        "apps", "assistant", "assistant-office", "audit", "requests",
    }  # fmt: skip
    for planted in (
        "3학년부",
        "비밀 질문?",
        "내 앱",
        "seoyeon@hanbit.example",
        "교육청 공문문",
        "오정숙",
    ):
        assert planted in page


async def test_a_childs_copy_holds_their_answers_and_who_looked_and_no_other_child(
    school: School, officer: Client
) -> None:
    await _receipt(school)
    await school.settled()
    await look_at_class(school)
    await entries(school)
    mother, request = await ask(school, "김하늘", "이지우")
    await made(school, officer, request)
    await officer.post(of_officer(request) + "/release")
    packed = await mother.get(request + "/copy")
    with zipfile.ZipFile(io.BytesIO(packed.body)) as opened:
        everything = "".join(opened.read(name).decode() for name in opened.namelist())
        [answer] = json.loads(opened.read("answers.json"))
        [looked] = json.loads(opened.read("access-log.json"))
        assert json.loads(opened.read("letters-received.json"))
    assert "동의합니다" in answer["답"]
    assert looked["조회한 사람"] == "박서연"
    assert "박하준" not in everything
    assert "010-0000-0000" not in everything  # a guardian's telephone is the guardian's


async def test_a_copy_is_fetched_once_it_was_released_and_for_thirty_days(
    school: School, officer: Client
) -> None:
    mother, request = await ask(school, "김하늘", "이지우")
    await made(school, officer, request)
    assert (await mother.get(request + "/copy")).status == 404
    assert (await officer.get(of_officer(request) + "/copy")).status == 200
    warning = "만든 사본을 아직 제공하지 않았습니다."
    assert warning in (await officer.get(of_officer(request))).text
    await officer.post(of_officer(request) + "/release")
    assert warning not in (await officer.get(of_officer(request))).text
    assert "사본 내려받기" in (await mother.get(request)).text
    assert (await mother.get(request + "/copy")).status == 200
    father = await school.client_as("이준혁")
    assert (await father.get(request + "/copy")).status == 404
    school.clock.advance(31 * DAY)
    mother, officer = await school.client_as("김하늘"), await school.client_as(OFFICER)
    assert (await mother.get(request + "/copy")).status == 404
    await school.app[COPIES].remove_old()
    assert (await mother.get(request + "/copy")).status == 404
    assert list((school.app[CONFIG].root / FOLDER).iterdir()) == []
    assert "30일이 지나 삭제했습니다" in (await officer.get(of_officer(request))).text


async def test_whoever_fetches_a_copy_is_noted(school: School, officer: Client) -> None:
    _mother, request = await ask(school, "김하늘", "이지우")
    await made(school, officer, request)
    await officer.get(of_officer(request) + "/copy")
    noted = [one for one in await entries(school) if one.what == What.COPY]
    assert [one.person_ids for one in noted] == [[school.id("이지우")]]
    acts = await school.db.read(lambda tx: audit.about(tx, school.id("이지우")))
    assert [one.action for one in acts][:2] == ["privacy:copy:fetch", "privacy:copy:make"]


async def test_who_asks_to_erase_learns_what_stays_and_why(school: School, officer: Client) -> None:
    await _receipt(school)
    _mother, request = await ask(school, "김하늘", "이지우", "erase", "모두 지워 주세요")
    await made(school, officer, request)
    shown = (await officer.get(of_officer(request))).text
    assert "파기할 때까지 기록부에 보관합니다" in shown
    assert "자동으로 삭제하지 않습니다" in shown


async def test_a_copy_that_was_asked_for_is_made_after_a_restart(
    school: School, officer: Client
) -> None:
    _mother, request = await ask(school, "김하늘", "이지우")
    case = request.rsplit("/", 1)[1]
    await school.db.write(
        lambda tx: tx.execute(
            "INSERT INTO privacy_copy (case_id, state, parts, asked_at) VALUES (?, 'waiting', 1, 1)",
            (case,),
        )
    )
    await school.app[COPIES].make_waiting()
    assert (await officer.get(of_officer(request) + "/copy")).status == 200


async def test_of_a_copy_that_failed_nothing_stays_on_the_disk(
    school: School, officer: Client
) -> None:
    _mother, request = await ask(school, "김하늘", "김하늘")
    await made(school, officer, request)
    unreadable = (
        "INSERT INTO notices_line (id, person_id, kind, about, at)"
        " VALUES ('m', ?, 'unheard-of', '', 1)"
    )
    await school.db.write(lambda tx: tx.execute(unreadable, (school.id("김하늘"),)))
    await officer.post(of_officer(request) + "/copy")
    await school.app[COPIES].make_waiting()
    assert list((school.app[CONFIG].root / FOLDER).iterdir()) == []
    assert (await officer.get(of_officer(request) + "/copy")).status == 404


async def test_a_copy_that_a_restored_school_lacks_is_made_anew(
    school: School, officer: Client
) -> None:
    """Copies are in no backup; the database says that one was made."""
    _mother, request = await ask(school, "김하늘", "이지우")
    await made(school, officer, request)
    case = of_officer(request)
    for lost in (school.app[CONFIG].root / FOLDER).iterdir():
        lost.unlink()
    assert (await officer.get(case + "/copy")).status == 404
    assert "다시 만들기" in (await officer.get(case)).text
    await made(school, officer, request)
    assert (await officer.get(case + "/copy")).status == 200


async def test_a_request_is_made_and_decided_with_the_rights_of_that_moment(
    school: School, officer: Client
) -> None:
    _mother, request = await ask(school, "김하늘", "이지우")
    case = request.rsplit("/", 1)[1]
    mother, before = await school.asker("김하늘"), await school.asker(OFFICER)
    roster, child = school.people.roster, school.id("이지우")

    def ended(tx: Tx) -> None:
        roster.end_guardianship(tx, school.id("김하늘"), child)
        roster.set_roles(tx, school.id(OFFICER), [Role.VICE_PRINCIPAL])

    await school.db.write(ended)
    cases = school.app[CASES]
    with pytest.raises(NotFound):
        await cases.ask(mother, CaseKind.SEE, child, "모두")
    for late in (
        cases.fulfil(before, case, "처리함"),
        cases.release(before, case),
        cases.enter_paper(before, CaseKind.SEE, child, "이준혁", "모두"),
        school.app[COPIES].ask(before, case),
    ):
        with pytest.raises(Forbidden):
            await late


def holds(school: School) -> list[Holds]:
    """What each slice tells of a person."""
    slices = school.app[ASSEMBLY].slices
    return [signin.about, *(one.held for one in slices if one.held is not None)]


def told_by(part: Holds, person_id: str, tx: Tx) -> list[Held]:
    return part(tx, person_id)


async def test_every_slice_says_what_it_holds_of_a_person(school: School) -> None:
    """Or why it holds nothing of its own that a copy could lack: HOLDS_NOBODY, beside its table of
    routes. What the audit log has, privacy tells."""
    said = {
        one.__name__.rpartition("routes_")[2] for one in MODULES if hasattr(one, "HOLDS_NOBODY")
    }
    silent = {one.name for one in school.app[ASSEMBLY].slices if one.held is None}
    assert silent == said


async def test_a_copy_is_found_by_indexes_and_so_is_the_front_page(
    school: School, officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No table that grows with the years is read whole."""
    asked: dict[str, Sequence[Value]] = {}
    rows, structs = Tx.rows, Tx.structs

    def noted(tx: Tx, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        asked.setdefault(sql, params)
        return rows(tx, sql, params)

    def noted_structs(tx: Tx, kind: type[T], sql: str, params: Sequence[Value] = ()) -> list[T]:
        asked.setdefault(sql, params)
        return structs(tx, kind, sql, params)

    monkeypatch.setattr(Tx, "rows", noted)
    monkeypatch.setattr(Tx, "structs", noted_structs)
    for part in holds(school):
        await school.db.read(partial(told_by, part, school.id("박서연")))
    for name in ("김하늘", "박서연", "정민호", "최은영"):
        await (await school.client_as(name)).get("/")
    monkeypatch.undo()
    grows = "|".join(GROWS)

    def plans(tx: Tx) -> list[tuple[str, str]]:
        found = []
        for sql, params in asked.items():
            names = dict(re.findall(rf"(?:FROM|JOIN) ({grows})(?: AS)? ([a-z]\w*)", sql))
            of_it = set(names) | set(names.values())
            for *_ids, step in tx.rows("EXPLAIN QUERY PLAN " + sql, params):
                scanned = re.match(r"SCAN (\w+)", str(step))
                if scanned is not None and scanned[1] in of_it:
                    found.append((str(step), sql))
            if "seen_at IS NULL" in sql and " FROM notices_" in sql:
                steps = " ".join(
                    str(row[-1]) for row in tx.rows("EXPLAIN QUERY PLAN " + sql, params)
                )
                assert "_unseen" in steps, steps
        return found

    assert len([sql for sql in asked if re.search(rf"\b({grows})\b", sql)]) >= 8
    assert await school.db.read(plans) == []


async def test_a_copy_shows_the_wording_that_somebody_agreed_to(
    school: School, officer: Client
) -> None:
    await _receipt(school)
    mother, request = await ask(school, "김하늘", "김하늘")
    await made(school, officer, request)
    await officer.post(of_officer(request) + "/release")
    packed = await mother.get(request + "/copy")
    with zipfile.ZipFile(io.BytesIO(packed.body)) as opened:
        [agreed] = json.loads(opened.read("agreements.json"))
    assert (agreed["동의"], agreed["버전"]) == (SIGNING.title, SIGNING.version)
    assert agreed["내용"] == SIGNING.text
