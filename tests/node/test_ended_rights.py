"""A guardian whose right for a child has ended sees, receives and hears from then on what a guardian
does who never had it: everywhere, whatever is written later. What they signed stays provable.

김하늘 is a guardian of 이지우 in 3-2, and of 이지호 in 5-1; another of the same name is one of 이지호
alone. Both look at every address that ever led the first anywhere; the answers are compared word for
word.
"""

import asyncio
import contextlib
import functools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import aiohttp
import msgspec
import pytest

from kit.clock import DAY, HOUR, ManualClock
from kit.db import Tx
from kit.ids import new_id
from node.approval.line import Verdict
from node.assistant import store as assistant_store
from node.assistant.model import Sentence, Source, TurnState
from node.files.access import FILES
from node.forms.model import FormDraft, MayNotSign, Signature, SignatureKind
from node.forms.web import FORMS
from node.newsletters.model import Content, Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.notify.model import NobodyToRemind
from node.notify.web import NOTIFY
from node.people.agreements import SIGNING
from node.people.model import NewPerson
from node.people.roster.store import set_contact, update_person
from node.people.service import People
from node.privacy.cases_web import COPIES
from node.questions.model import LegalBasis
from node.submissions.model import PaperInput
from node.submissions.web import SUBMISSIONS
from protocol.receipts import from_file, verify
from tests.node.conftest import Answer, School
from tests.node.post_office import PostedSchool, posted_school
from tests.node.test_forms import GOING, NO, YES, answer, page, sent, sql
from tests.node.walking import FIRST, crawled, filled, searches, untried
from tests.waiting import PATIENCE_S

ENDED, NEVER = "김하늘", "another 김하늘"
CHILD, OTHER = "이지우", "이지호"
SECRET = "은행나무"  # stands in everything that was only ever for 3-2

Ending = Callable[[School], Awaitable[None]]


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    async for one in posted_school(tmp_path, clock):
        await one.school.db.write(functools.partial(_second_cast, one.school))
        yield one


def _second_cast(school: School, tx: Tx) -> None:
    roster = school.people.roster
    person = NewPerson(name=ENDED, phone="010-0000-0000")
    school.people_ids[NEVER] = roster.add_person(tx, person)
    for whose, address in ((ENDED, "ended@home.test"), (NEVER, "never@home.test")):
        set_contact(tx, school.id(whose), "010-0000-0000", address, "ko", has_phone=True)
    roster.add_guardianship(tx, school.id(NEVER), school.id(OTHER), "모")
    roster.add_guardianship(tx, school.id("이준혁"), school.id(CHILD), "부", may_sign=True)
    roster.add_account(tx, school.id(NEVER), "person99", "!")
    school.people.invitations.agree(tx, school.id(NEVER), SIGNING.version)
    roster.families_changed(tx, "cast")


# How a right ends ---------------------------------------------------------------------------------


async def withdrawn(school: School) -> None:
    """The office takes 김하늘's right to read for 이지우."""
    office, people = await school.asker("오정숙"), school.people
    tie = (school.id(ENDED), school.id(CHILD))
    await people.families.set_rights(office, *tie, relation="모", may_read=False, may_sign=False)


async def removed(school: School) -> None:
    """The office removes 김하늘 as a guardian of 이지우."""
    office, people = await school.asker("오정숙"), school.people
    await people.families.end_guardianship(office, school.id(ENDED), school.id(CHILD))


async def left(school: School) -> None:
    """이지우 goes to another school."""
    people: People = school.people
    await people.families.transfer_out(await school.asker("오정숙"), school.id(CHILD))


ENDINGS = (withdrawn, removed, left)


# What there is ------------------------------------------------------------------------------------


async def published(school: School, title: str, *keys: str, kind: Sort = Sort.NEWSLETTER) -> str:
    author = await school.asker("최은영")
    newsletters = school.app[NEWSLETTERS]
    file = await asyncio.to_thread(school.app[FILES].keep, f"{title}.txt", f"{title} 붙임".encode())
    publication = Publication(kind, title, f"{title} 내용입니다.", keys, files=(file,))
    letter = await school.db.write(lambda tx: newsletters.publish_now(tx, author, publication))
    await school.settled()
    return str(letter)


async def before(posted: PostedSchool) -> dict[str, str]:
    """Letters, forms, notices, reminders and answers of the time when the right was there."""
    school = posted.school
    own, whole = f"guardians/class:{school.class_id('3-2')}", "guardians"
    made = {
        "letter": await published(school, f"{SECRET} 가정통신문", own),
        "notice": await published(school, f"{SECRET} 알림장", own, kind=Sort.CLASS_NOTICE),
        "whole": await published(school, "모두에게", whole),
        "unread": await published(school, f"{SECRET} 읽지 않은 글", own),
        "class by class": await published(school, "모두에게 둘째", whole),
        "signed": await sent(school),
        "owed": await sent(school),
        "everyone": await _form_to_all(school),
        "paper": await _handed_in(school, "absence"),
        "another paper": await _handed_in(school, "partial"),
    }
    await school.settled()
    ended = await school.client_as(ENDED)
    await answer(school, ended, made["signed"])
    await answer(school, ended, made["everyone"])
    for client in (ended, await school.client_as(NEVER)):
        for letter in ("letter", "notice", "whole"):
            await client.get(f"/newsletters/{made[letter]}")
    await school.settled()
    notify, principal = school.app[NOTIFY], await school.asker("최은영")
    await notify.remind(principal, made["unread"])
    await notify.remind(principal, made["class by class"], school.class_id("3-2"))
    await notify.remind(principal, await subject(school, "owed", made))
    await school.db.write(lambda tx: _answered(school, tx, made))
    await school.app[NEWSLETTERS].corrections.correct(
        await school.asker("최은영"), made["letter"], f"{SECRET} 고친 글", "고침", "틀림"
    )
    await school.settled()
    return made


async def _handed_in(school: School, kind: str) -> str:
    """A paper for 이지우 about a day on which school was missed."""
    writing, asker = school.app[SUBMISSIONS].writing, await school.asker(ENDED)
    paper = await writing.begin(asker, kind, school.id(CHILD))
    values = {"kind": ["질병"], "what": ["지각"], "time": ["10:20"], "reason": [f"{SECRET} 감기"]}
    await writing.send(asker, paper, PaperInput(values, "2026-11-20", "2026-11-20"))
    return paper


async def _form_to_all(school: School) -> str:
    """A form to everybody, of the principal."""
    author = await school.asker("최은영")
    desk = school.app[NEWSLETTERS].desk
    form = FormDraft(
        fields=(GOING,), legal_basis=LegalBasis.NONE, deadline_at=school.clock.now() + 5 * DAY
    )
    text = msgspec.json.encode(form).decode()
    draft = await desk.create(
        author, Sort.NEWSLETTER, Content("모두의 회신", "알려 주세요.", ("guardians",), text)
    )
    return str((await desk.send(author, draft)).form_id)


async def subject(school: School, form: str, made: dict[str, str]) -> str:
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", made[form])
    return str(letter)


def _answered(school: School, tx: Tx, made: dict[str, str]) -> None:
    """The assistant has answered 김하늘 from a letter to 3-2."""
    made["turn"], now = new_id(), school.clock.now()
    href = f"/newsletters/{made['letter']}#:~:text=x"
    source = Source(1, f"{SECRET} 가정통신문", "newsletter", "", href, "school", f"{SECRET} 내용")
    assistant_store.add_turn(tx, made["turn"], school.id(ENDED), "언제인가요?", now)
    assistant_store.finish_turn(
        tx,
        made["turn"],
        TurnState.DONE,
        now,
        outcome="extracted",
        sentences=(Sentence(f"{SECRET} 내용입니다.", 1),),
        sources=(source,),
    )


async def written_later(posted: PostedSchool, made: dict[str, str]) -> None:
    """What goes on at the school after the right has ended; the child gets another name, too."""
    school = posted.school
    renamed = (school.id(CHILD), "이새이름", "", "")
    await school.db.write(lambda tx: update_person(tx, *renamed))
    own, forms = f"guardians/class:{school.class_id('3-2')}", school.app[FORMS]
    principal, teacher = await school.asker("최은영"), await school.asker("박서연")
    corrections = school.app[NEWSLETTERS].corrections
    made["new"] = await published(school, f"{SECRET} 새 가정통신문", own)
    made["new notice"] = await published(school, f"{SECRET} 새 알림장", own, kind=Sort.CLASS_NOTICE)
    made["new whole"] = await published(school, "모두에게 또", "guardians")
    made["new form"] = await sent(school)
    await corrections.correct(principal, made["notice"], f"{SECRET} 고친 알림장", "고침", "틀림")
    await corrections.correct(principal, made["whole"], "모두에게 고침", "고침", "틀림")
    if await _is_here(school):
        father = await school.client_as("이준혁")
        await answer(school, father, made["signed"], answer_going=NO, signature_typed="이준혁")
    await forms.extend(teacher, made["owed"], school.clock.now() + 6 * HOUR)
    await school.settled()
    for letter in (made["new"], await subject(school, "owed", made), made["new whole"]):
        with contextlib.suppress(NobodyToRemind):
            await school.app[NOTIFY].remind(principal, letter)
    await school.app[NOTIFY].remind_before_deadlines()
    await corrections.withdraw(teacher, await subject(school, "new form", made), "취소")
    deciding = school.app[SUBMISSIONS].deciding
    await deciding.decide(teacher, made["paper"], Verdict.APPROVE)
    await deciding.decide(teacher, made["another paper"], Verdict.RETURN, f"{SECRET} 병원 서류")
    school.clock.advance(7 * HOUR)  # the owed form is closed
    await school.settled()


async def _is_here(school: School) -> bool:
    found = await sql(
        school, "SELECT 1 FROM people_v_student WHERE student_id = ?", school.id(CHILD)
    )
    return bool(found)


# The walk -----------------------------------------------------------------------------------------

SIGNED = re.compile(r"/receipts(/\d+.*)?$|/api/v1/receipts$|/assistant(/[0-9a-f]{20}.*)?$")


def probe(school: School, method: str, path: str) -> dict[str, object]:
    """What is sent along: an answer that would be taken."""
    if method == "GET":
        return {}
    if path.startswith("/api/"):
        values = {"going": [YES], "allergy": ["땅콩"]}
        body = {
            "student_id": school.id(CHILD),
            "values": values,
            "submission": "1",
            "agree": SIGNING.version,
        }
        return {"json": body | {"name": ENDED}}
    signed = {
        "answer_going": YES,
        "answer_allergy": "땅콩",
        "agree": str(SIGNING.version),
        "submission": new_id(),
    }
    return {
        "data": signed
        | {"signature_typed": ENDED, "deadline": "2026-12-20T09:00", "reason": "까닭"}
    }


def plain(school: School, found: Answer, who: str) -> tuple[int, str, str]:
    """An answer without the one who looks, and without what is new on every page."""
    text = found.body.decode("utf-8", "replace").replace(school.id(who), "·")
    text = re.sub(r'(name="submission" value|name="madang-hx-mark" content)="[0-9a-f]+"', "", text)
    return found.status, re.sub(r"unsent=[\w-]+", "", found.location), text


async def compared(school: School, paths: Iterable[str]) -> int:
    """Look at everything as both; how many probes. Raises AssertionError on the first difference."""
    ended, never = await school.client_as(ENDED), await school.client_as(NEVER)
    probes = await filled(school, CHILD, "3-2") | {("GET", path) for path in paths}
    probes |= {("GET", path + f"?child={school.id(OTHER)}") for path in FIRST}
    words = (SECRET, "가정통신문", "알림장", "모두에게", "체험학습")
    probes |= {("GET", path) for word in words for path in searches(school, word)}
    early = [("GET", path) for path in FIRST]
    later = sorted(probes - set(early), key=lambda one: (one[0], one[1]))
    letters = await sql(school, "SELECT id FROM newsletters_newsletter")
    opening = [("GET", f"/newsletters/{letter}") for (letter,) in letters]
    count = 0
    wrong: list[tuple[object, ...]] = []
    for batch in (early, opening, later):
        for method, path in batch:
            if SIGNED.search(path.partition("?")[0]):
                continue
            how = probe(school, method, path)
            one = await ended.request(method, path, **how)
            other = await never.request(method, path, **how)
            count += 1
            mine, theirs = plain(school, one, ENDED), plain(school, other, NEVER)
            if path != "/me" and mine != theirs:
                wrong.append((method, path, one.status, other.status))
            shown = mine[2]
            for looked_for in (f'"{SECRET}"', f"‘{SECRET}’"):  # is repeated
                shown = shown.replace(looked_for, "")
            wrong += [(method, path, word) for word in (SECRET, CHILD, "이새이름") if word in shown]
        await school.settled()
    assert wrong == []
    return count


async def frozen(school: School) -> dict[str, str]:
    """The receipts of 김하늘 for 이지우, every page of them; of the proof, which leads to the end of the
    school's log, only what it proves."""
    client = await school.client_as(ENDED)
    found = {}
    for leaf in await own_leaves(school):
        for what in ("", "/text"):
            page = await client.get(f"/receipts/{leaf}{what}")
            assert page.status == 200
            text = re.sub(r'<figure class="qr">.*|<meta name="madang-hx-mark".*', "", page.text)
            found[f"{leaf}{what}"] = text
        file = from_file((await client.get(f"/receipts/{leaf}/file")).body)
        assert verify(file).valid
        found[f"{leaf}/file"] = file.record.text
    listed = (await client.get("/receipts")).text
    found["list"] = re.sub(r'<meta name="madang-hx-mark".*', "", listed)
    found["api"] = (await client.get("/api/v1/receipts")).text
    return found


async def own_leaves(school: School) -> list[int]:
    tie = (school.id(ENDED), school.id(CHILD))
    query = "SELECT leaf FROM forms_signature WHERE guardian_id = ? AND student_id = ?"
    return [int(leaf) for (leaf,) in await sql(school, query, *tie)]


async def held(school: School) -> str:
    """What a copy of everything about 김하늘 would say, but for what was signed."""
    parts = school.app[COPIES]._parts

    def gather(tx: Tx) -> str:
        tables = [table for part in parts for table in part(tx, school.id(ENDED))]
        return str([table.rows for table in tables if table.name != "answers"])

    return await school.db.read(gather)


async def told(stream: aiohttp.ClientResponse) -> list[bytes]:
    """What an open line has said so far."""
    found = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            while True:
                found.append(await stream.content.readuntil(b"\n\n"))
    return found


def test_every_thing_that_families_have_a_right_to_is_tried_here() -> None:
    assert untried() == [], (
        "say in the slice's IDS, beside its table of routes, which ids there are"
    )


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
async def test_whose_right_has_ended_sees_hears_and_receives_what_who_never_had_it_does(
    posted: PostedSchool, end: Ending
) -> None:
    school = posted.school
    made = await before(posted)
    ended, never = await school.client_as(ENDED), await school.client_as(NEVER)
    await crawled(never)
    await school.settled()
    paths = await crawled(ended)
    turn = f"/assistant/{made['turn']}"
    assert SECRET in (await ended.get(turn)).text
    assert f"/newsletters/{made['letter']}" in paths
    assert "/receipts/0" in paths
    lines = [await client.session.get(client.base + "/live") for client in (ended, never)]
    await end(school)
    posted.office.received.clear()  # what went out in time, while all that was looked at
    await school.settled()
    kept = await frozen(school)
    assert CHILD in kept["list"]
    await written_later(posted, made)
    heard = [await told(line) for line in lines]
    assert heard[0] == heard[1]
    for line in lines:
        line.close()
    await posted.send()  # also what waited since before
    mails = [mailed(posted, name) for name in ("ended@home.test", "never@home.test")]
    assert mails[0] == mails[1] != []
    assert await compared(school, paths) > 400
    assert SECRET not in (await ended.get(turn)).text
    assert SECRET not in (await ended.get("/assistant")).text
    assert await frozen(school) == kept
    copied = await held(school)
    for word in (SECRET, "이새이름"):
        assert word not in copied


def mailed(posted: PostedSchool, address: str) -> list[str]:
    return sorted(str(m["Subject"]) for m in posted.office.received if m["To"] == address)


# One by one ---------------------------------------------------------------------------------------


async def test_whom_nothing_ties_to_the_school_any_more_keeps_what_they_signed(
    school: School,
) -> None:
    """이도윤 has no other child here."""
    form = await sent(school, (f"guardians/class:{school.class_id('6-1')}",), writer="최은영")
    guardian = await school.client_as("이도윤")
    signed = await answer(school, guardian, form, "최하린", signature_typed="이도윤")
    assert signed.location == "/receipts/0"
    people = school.people
    await people.families.end_guardianship(
        await school.asker("오정숙"), school.id("이도윤"), school.id("최하린")
    )
    refused = await guardian.get("/")
    assert refused.status == 403
    assert 'href="/receipts"' in refused.text
    assert (await guardian.get(page(school, form, "최하린"))).status == 403
    assert "최하린" in (await guardian.get("/receipts")).text
    for what in ("", "/text", "/file"):
        assert (await guardian.get(f"/receipts/0{what}")).status == 200
    stranger = await school.client_as("김하늘")
    assert (await stranger.get("/receipts/0")).status == 404


async def test_a_receipt_says_nothing_of_what_became_of_the_answer(school: School) -> None:
    form = await sent(school)
    await answer(school, await school.client_as(ENDED), form)
    await withdrawn(school)
    tie = (school.id("이준혁"), school.id(CHILD), "부")
    roster = school.people.roster
    await school.db.write(lambda tx: roster.add_guardianship(tx, *tie, may_sign=True))
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_going=NO, signature_typed="이준혁")
    assert "제출한 뒤에 답을 변경했습니다" in (await father.get("/receipts/0")).text
    ended = await school.client_as(ENDED)
    receipt = (await ended.get("/receipts/0")).text
    assert YES in receipt
    assert "제출한 뒤에" not in receipt
    (line,) = (await ended.get("/api/v1/receipts")).json()
    assert line["is_current"] is None
    listed = (await ended.get("/receipts")).text
    assert "변경됨" not in listed
    assert "유효" not in listed


async def test_a_right_is_asked_for_in_the_unit_that_writes(school: School) -> None:
    """The request began before the right to sign ended."""
    form = await sent(school)
    asker = await school.asker(ENDED)
    tie = (school.id(ENDED), school.id(CHILD), "모")
    roster = school.people.roster
    await school.db.write(lambda tx: roster.add_guardianship(tx, *tie, may_sign=False))
    with pytest.raises(MayNotSign):
        await school.app[FORMS].sign(
            asker,
            form,
            school.id(CHILD),
            {"going": [YES]},
            Signature(SignatureKind.TYPED, ENDED),
            submission="1",
            agree=SIGNING.version,
        )
    assert await sql(school, "SELECT count(*) FROM ledger_leaf") == [(0,)]


async def test_a_line_that_was_open_tells_nothing_after_its_session_has_ended(
    school: School,
) -> None:
    client = await school.client_as(ENDED)
    line = await client.session.get(client.base + "/live")
    await line.content.readuntil(b"\n\n")
    people = school.people
    await people.roles.close(await school.asker("오정숙"), school.id(ENDED))
    await published(school, "새 글", "guardians")
    async with asyncio.timeout(PATIENCE_S):
        assert await line.content.read() == b""


async def test_what_was_typed_before_comes_back_without_the_page_it_was_typed_on(
    school: School,
) -> None:
    form = await sent(school)
    client = await school.client_as(ENDED)
    here = {"Referer": client.base + page(school, form)}
    sent_without = {"answer_going": "", "answer_allergy": "땅콩", "signature_typed": ENDED}
    back = await client.post(page(school, form), sent_without, headers=here)
    assert "unsent=" in back.location
    await withdrawn(school)
    found = await client.get(back.location)
    assert found.status == 404
    for word in ("체험학습", CHILD, "참가에 동의합니까?"):
        assert word not in found.text


async def test_a_request_about_a_childs_data_is_gone_with_the_right_to_see_them(
    school: School,
) -> None:
    client = await school.client_as(ENDED)
    asked = await client.post("/privacy/requests", {"kind": "see", "person": school.id(CHILD)})
    assert CHILD in (await client.get("/privacy/requests")).text
    await withdrawn(school)
    assert CHILD not in (await client.get("/privacy/requests")).text
    assert (await client.get(asked.location)).status == 404
