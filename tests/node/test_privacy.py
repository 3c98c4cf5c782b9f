"""Stories of the privacy officer (개인정보 보호책임자): the vice principal, named by the administrator."""

import msgspec
import pytest

from kit import audit
from kit.clock import DAY, moment
from node.access_log.model import What
from node.app import CONFIG
from node.keys import node_keys
from node.privacy.model import Reviewed
from node.privacy.service import SIGNED_AS
from protocol.identity import signature_holds
from tests.node.conftest import Client, School
from tests.node.looking import OFFICER, entries, look_at_class, name_officer

NOVEMBER = moment(2026, 11, 11, 10)  # a Wednesday


@pytest.fixture
async def officer(school: School) -> Client:
    """윤태식 as the officer, at ten in the morning of a school day."""
    school.clock.at = NOVEMBER
    await name_officer(school)
    return await school.client_as(OFFICER)


# The log --------------------------------------------------------------------------------------


async def test_the_officer_sees_who_looked_at_a_child(school: School, officer: Client) -> None:
    await look_at_class(school)
    found = await officer.get("/privacy?q=이지우")
    person = f"/privacy?month=2026-11&amp;person={school.id('이지우')}"
    assert person in found.text
    about = await officer.get(person.replace("&amp;", "&"))
    assert "이 사람을 조회한 기록" in about.text
    assert "박서연" in about.text
    assert "명단 조회" in about.text
    other = await officer.get(f"/privacy?month=2026-11&person={school.id('최하린')}")
    assert "해당하는 기록이 없습니다" in other.text


async def test_the_officer_sees_at_whom_somebody_looked(school: School, officer: Client) -> None:
    await look_at_class(school)
    seen = await officer.get(f"/privacy?month=2026-11&reader={school.id('박서연')}")
    assert "이지우" in seen.text
    assert "127.0.0.1" in seen.text


async def test_what_is_odd_stands_apart_with_its_reason(school: School, officer: Client) -> None:
    await look_at_class(school)
    school.clock.at = moment(2026, 11, 14, 23)
    await look_at_class(school, "오정숙")
    odd = (await officer.get("/privacy?month=2026-11&odd=1")).text
    assert "야간·주말" in odd
    assert "오정숙" in odd
    assert "박서연" not in odd


async def test_looking_at_the_log_is_noted_itself(school: School, officer: Client) -> None:
    await officer.get(f"/privacy?person={school.id('이지우')}")
    [entry] = await entries(school)
    assert (entry.what, entry.reader_name) == (What.ACCESS_LOG, "윤태식")
    assert entry.person_ids == [school.id("이지우")]


async def test_whoever_runs_the_node_sees_nothing_of_it(school: School, officer: Client) -> None:
    administrator = await school.client_as("정민호")
    assert (await administrator.get("/privacy")).status == 403
    assert "/privacy" not in (await administrator.get("/admin")).text
    assert 'href="/privacy"' in (await officer.get("/")).text


async def test_a_long_month_is_read_page_by_page(school: School, officer: Client) -> None:
    for _look in range(60):
        await look_at_class(school)
        school.clock.advance(DAY // 144)
    first = await officer.get(f"/privacy?month=2026-11&reader={school.id('박서연')}")
    assert first.text.count("명단 조회") == 50
    following = first.text.partition("더 오래된 기록")[0].rpartition('href="')[2].partition('"')[0]
    second = await officer.get(following.replace("&amp;", "&"))
    assert second.text.count("명단 조회") == 10
    assert "더 오래된 기록" not in second.text


@pytest.mark.parametrize("month", ["x", "2026-13", "0001-01", "2026", "-"])
async def test_a_month_that_is_none_is_refused_with_a_word(officer: Client, month: str) -> None:
    assert (await officer.get(f"/privacy?month={month}")).status == 422


# The monthly review ---------------------------------------------------------------------------


async def test_last_months_log_asks_to_be_reviewed_until_it_is(
    school: School, officer: Client
) -> None:
    await look_at_class(school)
    asks = "지난달 접속기록을 점검해 주세요"
    assert asks not in (await officer.get("/")).text
    await entries(school)
    school.clock.at = moment(2026, 12, 1, 9)
    officer = await school.client_as(OFFICER)
    assert asks in (await officer.get("/")).text
    assert asks not in (await (await school.client_as("정민호")).get("/")).text
    answer = await officer.post("/privacy/reviews", {"month": "2026-11", "note": "이상 없음"})
    assert answer.location == "/privacy?month=2026-11"
    assert "이상 없음" in (await officer.get("/privacy")).text
    school.clock.advance(DAY)
    assert asks not in (await officer.get("/")).text


async def test_a_review_is_signed_and_stands_in_the_audit_log(
    school: School, officer: Client
) -> None:
    await look_at_class(school)
    await officer.post("/privacy/reviews", {"month": "2026-11", "note": "내려받기 없음"})
    [(text, signature)] = await school.db.read(
        lambda tx: tx.rows("SELECT text, signature FROM privacy_review")
    )
    keys = node_keys(school.app[CONFIG].keys)
    assert signature_holds(keys.public.signing_bytes, SIGNED_AS, text.encode(), signature)
    said = msgspec.json.decode(text, type=Reviewed)
    assert (said.month, said.by_name, said.entries, said.head_seq) == ("2026-11", "윤태식", 1, 1)
    [act] = await school.db.read(lambda tx: audit.about(tx, "2026-11"))
    assert (act.action, act.actor_name) == ("privacy:access_log:review", "윤태식")


@pytest.mark.parametrize(
    "change",
    ["note = '다 확인함'", "odd = 7", "by_name = '정민호'", "text = replace(text, '없음', '많음')"],
)
async def test_a_review_that_was_altered_says_so(
    school: School, officer: Client, change: str
) -> None:
    await look_at_class(school)
    await officer.post("/privacy/reviews", {"month": "2026-11", "note": "내려받기 없음"})
    assert "서명한 점검과 다름" not in (await officer.get("/privacy")).text
    await school.db.write(lambda tx: tx.execute(f"UPDATE privacy_review SET {change}"))
    assert "서명한 점검과 다름" in (await officer.get("/privacy")).text


async def test_a_review_needs_a_word_and_a_month_that_has_begun(
    school: School, officer: Client
) -> None:
    for form in ({"month": "2026-11"}, {"month": "2026-12", "note": "미리"}):
        refused = await officer.post("/privacy/reviews", form)
        assert refused.status in (303, 422)
    rows = await school.db.read(lambda tx: tx.value("SELECT count(*) FROM privacy_review"))
    assert rows == 0


async def test_the_school_without_an_officer_is_told_so(school: School) -> None:
    administrator = await school.client_as("정민호")
    assert "개인정보 보호책임자가 없습니다" in (await administrator.get("/admin/system")).text
    await name_officer(school)
    assert "개인정보 보호책임자가 없습니다" not in (await administrator.get("/admin/system")).text
