"""Stories with the assistant: a real worker process beside a real school."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from kit.clock import DAY, ManualClock, monotonic
from kit.db import Tx
from kit.web.keys import OUTBOX
from models.days import seoul_day
from node.app import CONFIG, build
from node.assistant import line, store
from node.assistant.model import AssistantAway, IndexBehind, Turn, TurnState
from node.assistant.service import Assistant
from node.assistant.web import ASSISTANT, HANDOVERS
from node.drive.model import Right
from node.drive.web import DRIVE
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.audience import person_key
from node.search.web import SEARCH
from node.submissions.web import SUBMISSIONS
from tests.node.conftest import School, school_config
from tests.node.test_full_disk import full_disk
from tests.planted import faults_of_events, planted

WITHIN_S = 120.0
TRIP = (
    "교외체험학습은 시작일 5일 전까지 담임교사에게 신청서를 냅니다. 보고서는 7일 이내에 제출합니다."
)
SECRET = "성과상여금 지급 심사위원회는 12월 9일 오후 3시에 교장실에서 열립니다."


@pytest.fixture
async def school(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    """한빛초등학교 with its cast and a running assistant."""
    folder = tmp_path / "school"
    folder.mkdir()
    app = build(school_config(folder, assistant=True), clock)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    one = School(app, server, clock)
    await one.db.write(one.fill)
    await _close_papers(one)
    await one.settled()
    try:
        yield one
    finally:
        for client in one.clients:
            await client.session.close()
        await server.close()


async def _close_papers(school: School) -> None:
    """The school has no papers to hand in, of which the worker would read first."""
    administrator, types = await school.asker("정민호"), school.app[SUBMISSIONS].types
    for kind in await types.all(administrator):
        if kind.is_open:
            await types.set_open(administrator, kind.id, is_open=False)


def assistant(school: School) -> Assistant:
    return school.app[ASSISTANT]


async def ready(school: School) -> None:
    """The worker runs and has heard of everything."""
    administrator = await school.asker("정민호")
    until = monotonic() + WITHIN_S
    while monotonic() < until:
        standing = await assistant(school).standing(administrator)
        if standing.state == "ready" and not standing.stale and not standing.unvectored:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(standing)


async def asked(school: School, name: str, question: str) -> Turn:
    return await assistant(school).answer_for(await school.asker(name), question)


async def letter(school: School, title: str, body: str, keys: tuple[str, ...]) -> str:
    """A letter that is out, and found."""
    desk = school.app[NEWSLETTERS].desk
    author = await school.asker("최은영")
    draft = await desk.create(author, Sort.NEWSLETTER, Content(title, body, keys, ""))
    sent = await desk.send(author, draft)
    await school.settled()
    return str(sent.id)


def worker_pid(school: School) -> int:
    own = assistant(school)._line
    assert own is not None
    process = own._supervisor.running[0].process
    assert process is not None
    return process.pid


async def test_a_guardian_asks_and_is_answered_in_the_words_of_the_letter(school: School) -> None:
    found = await letter(school, "교외체험학습 안내", TRIP, ("guardians",))
    await ready(school)
    guardian = await school.client_as("김하늘")
    sent = await guardian.post("/assistant", {"question": "체험학습 신청서는 며칠 전까지 내나요?"})
    assert sent.status == 303
    await assistant(school).settled(sent.location.rpartition("/")[2], WITHIN_S)
    page = (await guardian.get(sent.location)).text
    assert "5일 전까지 담임교사에게 신청서를 냅니다" in page
    assert f"/newsletters/{found}#:~:text=" in page
    assert "교외체험학습 안내" in page
    assert "출처에 적힌 문장 그대로입니다" in page


async def test_markup_in_a_letter_is_text_in_the_answer_as_it_comes(school: School) -> None:
    body = TRIP.replace("신청서를", f"{planted(2)} 신청서를")
    await letter(school, planted(1), body, ("guardians",))
    await ready(school)
    guardian, asker = await school.client_as("김하늘"), await school.asker("김하늘")
    os.kill(worker_pid(school), signal.SIGSTOP)  # until the reader listens
    turn = await assistant(school).ask(asker, "체험학습 신청서는 며칠 전까지 내나요?")
    async with guardian.session.get(f"{school.url}/assistant/{turn}/stream") as answer:
        os.kill(worker_pid(school), signal.SIGCONT)
        events = await answer.read()
    assert b"event: extract" in events
    assert faults_of_events(events) == []
    assert b"planted-1" in events
    assert b"planted-2" in events


async def test_what_is_published_can_be_asked_about_within_seconds(school: School) -> None:
    await ready(school)
    before = await asked(school, "김하늘", "도서관 리모델링 공사는 언제 끝나나요?")
    assert before.sentences == ()
    await letter(
        school, "도서관 공사", "도서관 리모델링 공사는 12월 24일에 끝납니다.", ("guardians",)
    )
    await ready(school)
    after = await asked(school, "김하늘", "도서관 리모델링 공사는 언제 끝나나요?")
    assert "12월 24일" in after.sentences[0].text


async def test_what_was_there_at_the_first_start_is_told_once_and_holds_up_nothing_new(
    school: School,
) -> None:
    own = await _of_itself(school)
    await assistant(school).stop()
    for number in range(40):
        await letter(school, f"안내 {number}", f"{number}층 공사 안내입니다.", ("guardians",))
    assert await school.db.read(store.count_stale) == 40
    await assistant(school).start()
    await caught_up(school)
    administrator = await school.asker("정민호")
    standing = await assistant(school).standing(administrator)
    assert (standing.state, standing.stale, standing.subjects) == ("ready", 0, 40 + own)
    commits = commits_of(school)
    await letter(school, "새 안내", "체육관 공사 안내입니다.", ("guardians",))
    await caught_up(school)
    assert commits_of(school) == commits + 1  # nothing of what was there is told once more


async def caught_up(school: School) -> None:
    """The worker has been told of everything, whether or not it has its vectors."""
    administrator = await school.asker("정민호")
    until = monotonic() + WITHIN_S
    while monotonic() < until:
        standing = await assistant(school).standing(administrator)
        if standing.state == "ready" and not standing.stale and not assistant(school).is_behind:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(standing)


def index_of(school: School) -> Path:
    folder: Path = school.app[CONFIG].root / "assistant" / "index"
    return folder


def commits_of(school: School) -> int:
    """How often the worker's index was changed."""
    (toc,) = index_of(school).glob("_*.toc")
    return int(toc.stem.rpartition("_")[2])


async def test_the_first_questions_are_answered_while_most_is_still_to_be_read(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assistant(school).stop()
    for number in range(12):
        await letter(school, f"안내 {number}", f"{number}층 공사 안내입니다.", ("guardians",))
    await letter(school, "교외체험학습 안내", TRIP, ("guardians",))
    monkeypatch.setattr(line, "TOLD_AT_ONCE", (3, 3))
    told = asyncio.Event()
    go_on = asyncio.Event()
    bring = line.WorkerLine._bring

    async def with_a_break(one: line.WorkerLine, *given: Any) -> None:
        if one._ready:
            told.set()
            await go_on.wait()
        await bring(one, *given)

    monkeypatch.setattr(line.WorkerLine, "_bring", with_a_break)
    await assistant(school).start()
    async with asyncio.timeout(WITHIN_S):
        await told.wait()
        answer = await _once_it_answers(school, "체험학습 신청서는 며칠 전까지 내나요?")
    assert "5일 전까지" in answer.sentences[0].text
    page = (await (await school.client_as("김하늘")).get("/assistant")).text
    assert "글을 읽어 들이는 중입니다" in page
    # What is published meanwhile waits for none of it.
    await letter(
        school, "도서관 공사", "도서관 리모델링 공사는 12월 24일에 끝납니다.", ("guardians",)
    )
    await _until(lambda: _answers(school, "도서관 리모델링 공사는 언제 끝나나요?", "12월 24일"))
    assert assistant(school).is_behind
    go_on.set()
    await caught_up(school)
    page = (await (await school.client_as("김하늘")).get("/assistant")).text
    assert "글을 읽어 들이는 중입니다" not in page


async def test_the_page_says_that_it_only_quotes_until_a_model_writes(school: School) -> None:
    only_quotes = "현재 언어 모델 없이 글에 있는 문장 그대로 답합니다."
    guardian = await school.client_as("김하늘")
    assert only_quotes in (await guardian.get("/assistant")).text
    line_of_it = assistant(school)._line
    assert line_of_it is not None
    line_of_it.writes = True
    assert only_quotes not in (await guardian.get("/assistant")).text


async def _once_it_answers(school: School, question: str) -> Turn:
    while True:
        try:
            return await asked(school, "김하늘", question)
        except AssistantAway:
            await asyncio.sleep(0.05)


async def _answers(school: School, question: str, words: str) -> bool:
    turn = await asked(school, "김하늘", question)
    return bool(turn.sentences) and words in turn.sentences[0].text


async def _of_itself(school: School) -> int:
    """How many subjects a school has before anybody writes, once the worker knows them all."""
    await caught_up(school)
    return len(await school.db.read(store.subjects))


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    until = monotonic() + WITHIN_S
    while not await holds():
        assert monotonic() < until
        await asyncio.sleep(0.1)


async def test_after_a_restart_the_index_goes_on_where_it_was(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _of_itself(school)
    await assistant(school).stop()
    for number in range(12):
        await letter(school, f"안내 {number}", f"{number}층 공사 안내입니다.", ("guardians",))
    monkeypatch.setattr(line, "TOLD_AT_ONCE", (3, 3))
    told: list[str] = []
    tell = line.WorkerLine._tell

    async def noted(
        one: line.WorkerLine,
        client: Any,
        subjects: Sequence[str],
        held: dict[str, str] | None = None,
    ) -> None:
        await tell(one, client, subjects, held)
        if held is not None:
            return  # only compared: the worker holds it
        told.extend(subjects)
        if subjects and len(told) == 6:
            os.kill(worker_pid(school), signal.SIGKILL)

    monkeypatch.setattr(line.WorkerLine, "_tell", noted)
    await assistant(school).start()
    await _until(lambda: _is_told(told, 12))
    await caught_up(school)
    assert len(set(told)) == 12
    assert len(told) - 12 <= 3  # told again: at most what was not yet noted as told at the kill


async def _is_told(told: list[str], count: int) -> bool:
    return len(told) >= count


async def test_the_newest_is_read_first_and_what_many_read_comes_in_between(
    school: School,
) -> None:
    own = await _of_itself(school)
    titles = ("첫째", "둘째", "셋째", "넷째", "다섯째")
    numbers = {}
    for title in titles:
        school.clock.advance(60_000)
        numbers[title] = await letter(school, title, f"{title} 안내입니다.", ("guardians",))
    for reader in ("김하늘", "이도윤"):
        client = await school.client_as(reader)
        assert (await client.get(f"/newsletters/{numbers['첫째']}")).status == 200
    await school.settled()
    order = await school.db.read(store.subjects)
    wanted = [f"newsletter:{numbers[title]}" for title in ("다섯째", "첫째", "넷째")]
    assert order[:3] == wanted
    assert len(order) == len(set(order)) == 5 + own


async def test_of_many_changes_the_latest_is_told_first(school: School) -> None:
    def mark(tx: Tx) -> None:
        for at, subject in enumerate(("newsletter:1", "drive:1", "official:1", "newsletter:1")):
            store.mark_stale(tx, subject, at)

    await _of_itself(school)
    await assistant(school).stop()
    await school.db.write(mark)
    heard = await school.db.read(store.stale)
    assert heard == [("newsletter:1", 2), ("official:1", 1), ("drive:1", 1)]


async def test_what_is_for_staff_reaches_no_guardian_by_any_question(school: School) -> None:
    await letter(school, "성과상여금 심사", SECRET, ("staff",))
    await ready(school)
    question = "성과상여금 심사위원회는 언제 열리나요?"
    for name in ("김하늘", "이도윤", "이지우"):
        told = await asked(school, name, question)
        assert "12월 9일" not in str(told)
        assert all("성과상여금" not in source.title for source in told.sources)
    assert "12월 9일" in (await asked(school, "한지민", question)).sentences[0].text


async def test_a_file_in_the_drive_answers_those_it_is_shared_with(school: School) -> None:
    drive = school.app[DRIVE]
    owner = await school.asker("박서연")

    async def chunks() -> AsyncIterator[bytes]:
        yield "현장답사 결과: 마루숲 주차장은 버스 4대까지 세울 수 있습니다.".encode()

    area = (await drive.areas(owner))[0]
    await drive.uploads.take(owner, area.id, "답사.txt", chunks())
    await drive.reading.work()
    await school.settled()
    await ready(school)
    question = "마루숲 주차장에 버스는 몇 대까지 세울 수 있나요?"
    assert "4대" in (await asked(school, "박서연", question)).sentences[0].text
    assert (await asked(school, "한지민", question)).sentences == ()
    assert (await asked(school, "김하늘", question)).sentences == ()


async def test_a_share_withdrawn_ends_answers_with_its_commit_not_when_the_index_hears_of_it(
    school: School,
) -> None:
    drive = school.app[DRIVE]
    owner, colleague = await school.asker("박서연"), await school.asker("한지민")

    async def chunks() -> AsyncIterator[bytes]:
        yield "현장답사 결과: 마루숲 주차장은 버스 4대까지 세울 수 있습니다.".encode()

    area = (await drive.areas(owner))[0]
    file = await drive.uploads.take(owner, area.id, "답사.txt", chunks())
    await drive.sharing.give(owner, file, person_key(colleague.id), Right.VIEW)
    await drive.reading.work()
    await school.settled()
    await ready(school)
    question = "마루숲 주차장에 버스는 몇 대까지 세울 수 있나요?"
    assert "4대" in (await asked(school, "한지민", question)).sentences[0].text
    await school.app[OUTBOX].stop()  # nobody else hears of what follows
    await drive.sharing.withdraw(owner, file, person_key(colleague.id))
    after = await asked(school, "한지민", question)
    assert (after.sentences, after.sources) == ((), ())
    client = await school.client_as("한지민")
    assert "방금 변경되었습니다" in (await client.get(f"/assistant/{after.id}")).text
    assert "4대" in (await asked(school, "박서연", question)).sentences[0].text


async def test_where_nothing_is_found_the_office_can_be_asked(school: School) -> None:
    await ready(school)
    guardian, office = await school.client_as("김하늘"), await school.client_as("오정숙")
    sent = await guardian.post("/assistant", {"question": "주차장 정기권은 얼마인가요?"})
    turn = sent.headers["Location"]
    turn_id = turn.rsplit("/", 1)[1]
    await assistant(school).settled(turn_id, WITHIN_S)
    assert "답을 찾지 못했습니다" in (await guardian.get(turn)).text
    await guardian.post(f"{turn}/handover", {})
    assert (await guardian.post(f"{turn}/handover", {})).status == 409
    assert "답변 대기 질문" in (await office.get("/")).text
    waiting = await office.get("/assistant/office")
    assert "주차장 정기권은 얼마인가요?" in waiting.text
    await office.post(
        f"/assistant/office/{turn_id}/reply", {"reply": "학교에는 정기권이 없습니다."}
    )
    late = await office.post(f"/assistant/office/{turn_id}/reply", {"reply": "다른 답"})
    assert late.status == 409
    assert "질문에 답변이 등록되었습니다" in (await guardian.get("/")).text
    assert "학교에는 정기권이 없습니다." in (await guardian.get(turn)).text
    assert "질문에 답변이 등록되었습니다" not in (await guardian.get("/")).text


async def handed(school: School, question: str) -> str:
    """A question of 김하늘 that the office is asked; its turn."""
    guardian = await school.asker("김하늘")
    turn_id = await assistant(school).ask(guardian, question)
    await assistant(school).settled(turn_id, WITHIN_S)
    await school.app[HANDOVERS].hand_over(guardian, turn_id)
    return turn_id


async def replied(school: School, turn_id: str) -> None:
    await school.app[HANDOVERS].reply(await school.asker("오정숙"), turn_id, "없습니다.")


async def test_the_office_answers_a_question_that_its_asker_has_removed_to_nobody(
    school: School,
) -> None:
    await ready(school)
    turn_id = await handed(school, "주차장 정기권은 얼마인가요?")
    await assistant(school).remove(await school.asker("김하늘"))
    await replied(school, turn_id)
    front = (await (await school.client_as("김하늘")).get("/")).text
    assert "질문에 답변이 등록되었습니다" not in front  # it would lead nowhere, and never go


async def test_an_old_question_stays_as_long_as_the_office_is_asked(school: School) -> None:
    await ready(school)
    guardian = await school.asker("김하늘")
    turn_id = await assistant(school).ask(guardian, "주차장 정기권은 얼마인가요?")
    await assistant(school).settled(turn_id, WITHIN_S)
    school.clock.advance(89 * DAY)
    await school.app[HANDOVERS].hand_over(guardian, turn_id)
    school.clock.advance(2 * DAY)
    await assistant(school).expire()
    await replied(school, turn_id)
    assert (await assistant(school).turn(guardian, turn_id)).reply == "없습니다."
    school.clock.advance(89 * DAY)
    assert await assistant(school).expire() == 1


async def test_every_reply_of_the_office_is_counted(school: School) -> None:
    await ready(school)
    for number in range(7):
        await replied(school, await handed(school, f"주차장 {number}번 자리는 얼마인가요?"))
    guardian = await school.asker("김하늘")
    cards = school.app[HANDOVERS].cards
    (card,) = await school.db.read(lambda tx: cards(tx, guardian, school.clock.now()))
    assert (card.count, len(card.entries)) == (7, 5)


async def test_where_nothing_answers_the_nearest_letters_are_named(school: School) -> None:
    found = await letter(
        school, "도서관 공사 안내", "도서관 바닥을 새로 깝니다. 책은 계속 빌립니다.", ("guardians",)
    )
    await letter(school, "도서관 공사 입찰 심사", "도서관 공사 업체를 고릅니다.", ("staff",))
    await caught_up(school)
    guardian = await school.client_as("김하늘")
    sent = await guardian.post("/assistant", {"question": "도서관 공사 비용은 얼마인가요?"})
    await assistant(school).settled(sent.location.rpartition("/")[2], WITHIN_S)
    page = (await guardian.get(sent.location)).text
    assert "답을 찾지 못했습니다" in page
    assert "참고할 만한 글" in page
    assert f'href="/newsletters/{found}"' in page
    assert "입찰 심사" not in page
    await school.app[NEWSLETTERS].corrections.withdraw(
        await school.asker("최은영"), found, "공사를 미룹니다."
    )
    page = (await guardian.get(sent.location)).text
    assert "도서관 공사 안내" not in page
    assert "답을 찾지 못했습니다" in page


async def test_tomorrow_is_the_day_after_the_one_on_which_it_is_asked(school: School) -> None:
    today = seoul_day(school.clock.now())
    days = [today + timedelta(days=away) for away in range(3)]
    rows = zip(days, ("미역국", "떡갈비", "불고기"), strict=True)
    table = "\n".join(f"| {day.month}. {day.day}. | {dish} |" for day, dish in rows)
    await letter(school, "급식 식단표", f"| 날짜 | 식단 |\n| --- | --- |\n{table}", ("guardians",))
    await caught_up(school)
    tomorrow = await asked(school, "김하늘", "내일 급식 뭐예요?")
    assert [one.text for one in tomorrow.sentences] == [
        f"날짜: {days[1].month}. {days[1].day}. · 식단: 떡갈비"
    ]
    in_english = await asked(school, "김하늘", "What's for lunch today?")
    assert [one.text for one in in_english.sentences] == [
        f"날짜: {days[0].month}. {days[0].day}. · 식단: 미역국"
    ]
    school.clock.advance(DAY)
    assert "불고기" in (await asked(school, "김하늘", "내일 급식 뭐예요?")).sentences[0].text


async def test_a_conversation_is_its_askers_alone_and_can_be_removed(school: School) -> None:
    await letter(school, "교외체험학습 안내", TRIP, ("guardians",))
    await ready(school)
    guardian, father = await school.client_as("김하늘"), await school.client_as("이준혁")
    sent = await guardian.post("/assistant", {"question": "체험학습 보고서는 언제까지 내나요?"})
    turn = sent.headers["Location"]
    assert (await father.get(turn)).status == 404
    assert (await father.post(f"{turn}/remove", {})).status == 404
    assert (await guardian.post(f"{turn}/remove", {})).status == 303
    assert (await guardian.get(turn)).status == 404


async def test_old_conversations_are_forgotten(school: School) -> None:
    await ready(school)
    await asked(school, "김하늘", "급식은 몇 시에 먹나요?")
    school.clock.advance(91 * DAY)
    assert await assistant(school).expire() == 1


async def test_a_killed_worker_costs_nothing_but_the_answer_under_way(school: School) -> None:
    await letter(school, "교외체험학습 안내", TRIP, ("guardians",))
    await ready(school)
    os.kill(worker_pid(school), signal.SIGKILL)
    await letter(
        school, "도서관 공사", "도서관 리모델링 공사는 12월 24일에 끝납니다.", ("guardians",)
    )
    until = monotonic() + WITHIN_S
    while monotonic() < until:
        await ready(school)
        told = await asked(school, "김하늘", "도서관 리모델링 공사는 언제 끝나나요?")
        if told.state is TurnState.DONE:
            break
    assert "12월 24일" in told.sentences[0].text
    old = await asked(school, "김하늘", "체험학습 신청서는 며칠 전까지 내나요?")
    assert "5일 전까지" in old.sentences[0].text


async def test_what_was_published_before_the_disk_was_full_is_answered_once_there_is_room(
    school: School,
) -> None:
    await ready(school)
    os.kill(worker_pid(school), signal.SIGSTOP)
    await letter(school, "교외체험학습 안내", TRIP, ("guardians",))
    with full_disk():
        os.kill(worker_pid(school), signal.SIGCONT)
        await asyncio.sleep(1)
    await ready(school)
    turn = await asked(school, "김하늘", "체험학습 신청서는 며칠 전까지 내나요?")
    assert "5일 전까지" in turn.sentences[0].text


async def test_while_the_worker_is_away_the_page_says_so(school: School) -> None:
    guardian = await school.client_as("김하늘")
    refused = await guardian.post("/assistant", {"question": "급식은 몇 시에 먹나요?"})
    assert refused.status == 409
    assert "준비 중" in refused.text
    assert (await guardian.get("/assistant")).status == 200


async def test_an_answer_that_a_stopped_server_left_behind_is_said_to_be_lost(
    school: School,
) -> None:
    person, now = school.id("김하늘"), school.clock.now()
    await school.db.write(lambda tx: store.add_turn(tx, "0" * 20, person, "언제인가요?", now))
    await assistant(school).stop()
    await assistant(school).start()
    guardian = await school.client_as("김하늘")
    assert "도우미가 중단되었습니다" in (await guardian.get(f"/assistant/{'0' * 20}")).text


async def test_the_server_stops_also_at_the_moment_something_changes(school: School) -> None:
    await ready(school)
    await asyncio.sleep(0.2)  # now it waits for changes
    line = assistant(school)._line
    assert line is not None
    line._committed([IndexBehind()])
    async with asyncio.timeout(WITHIN_S):
        await line.stop()


async def test_too_long_or_empty_questions_are_refused(school: School) -> None:
    await ready(school)
    guardian = await school.client_as("김하늘")
    for question in ("", "가", "가" * 301):
        assert (await guardian.post("/assistant", {"question": question})).status == 422


async def test_search_still_finds_while_the_assistant_has_everything(school: School) -> None:
    await letter(school, "교외체험학습 안내", TRIP, ("guardians",))
    await ready(school)
    found = await school.app[SEARCH].find(await school.asker("김하늘"), "체험학습")
    assert len(found.hits) == 1
