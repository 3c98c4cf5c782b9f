"""Single papers are found by who may see them, and by nobody else."""

from msgspec.structs import replace

from kit.db import Tx
from node.people.model import Asker
from node.submissions import rights, store, type_store
from node.submissions.paper_findable import PAPER_FINDABLE
from node.submissions.web import SUBMISSIONS
from tests.node.conftest import School
from tests.node.handing_in import Paper, absent, begin, both_may_sign, decide, trip


async def found(school: School, name: str, query: str) -> str:
    """What somebody finds."""
    await school.settled()
    client = await school.client_as(name)
    page = (await client.get(f"/search?q={query}")).text
    return page.partition("<main")[2]


async def test_a_guardian_finds_their_paper_by_child_kind_number_and_state(
    school: School,
) -> None:
    paper = await absent(school)
    for query in ("이지우 결석신고서", "결석신고서", "2026-1", "접수대기"):
        assert paper.address in await found(school, "김하늘", query), query
    await decide(school, "박서연", paper)
    assert paper.address in await found(school, "김하늘", "결석신고서 승인완료")


async def test_what_was_answered_is_not_what_it_is_found_by(school: School) -> None:
    paper = await absent(school)
    for name in ("김하늘", "박서연"):
        assert paper.address not in await found(school, name, "감기로")


async def test_only_those_find_it_who_may_see_it(school: School) -> None:
    paper = await absent(school)
    for name, finds in (
        ("이준혁", True),  # the father reads what concerns 이지우
        ("이도윤", False),
        ("이지우", False),
        ("한지민", False),
        ("박서연", True),
        ("오정숙", True),
    ):
        assert (paper.address in await found(school, name, "결석신고서")) is finds, name


async def test_a_draft_is_found_by_nobody(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    assert paper.address not in await found(school, "김하늘", "결석신고서")


async def test_who_decides_finds_what_lies_before_them(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    await decide(school, "박서연", paper)
    assert paper.address in await found(school, "윤태식", "결석신고서")


async def test_a_sensitive_kind_is_named_nowhere(school: School) -> None:
    types = school.app[SUBMISSIONS].types
    administrator = await school.asker("정민호")
    held = await types.one(administrator, "absence")
    await types.save(administrator, "absence", replace(held.type, is_sensitive=True))
    paper = await absent(school)
    shown = await found(school, "김하늘", "이지우")
    assert paper.address in shown
    assert "이지우 결석신고서" not in shown


async def test_the_rule_of_search_is_the_rule_of_the_pages(school: School) -> None:
    await both_may_sign(school)
    papers: list[Paper] = [await absent(school), await trip(school)]
    haneul = await school.client_as("김하늘")
    transfer = await begin(school, haneul, "transfer", "이지우")
    await transfer.send(
        answer_to="새봄초등학교",
        answer_last="2026-12-18",
        answer_reason="이사",
        answer_books="가지고 감",
    )
    unknown = await haneul.post("/submissions", {"type": "absence", "name": "김철수"})
    other = Paper(haneul, unknown.location.removesuffix("/edit"))
    await other.send(
        first_on="2026-11-20", last_on="2026-11-20", answer_kind="질병", answer_reason="감기"
    )
    await decide(school, "박서연", papers[1])
    ids = [one.address.rpartition("/")[2] for one in (*papers, transfer, other)]
    compared = 0
    for name in school.people_ids:
        asker = await school.asker(name)
        for paper_id in ids:

            def both(tx: Tx, asker: Asker = asker, paper_id: str = paper_id) -> tuple[bool, bool]:
                paper = store.paper(tx, paper_id)
                assert paper is not None
                kind = type_store.wording(tx, paper.type_id, paper.type_version)
                sql = "SELECT " + PAPER_FINDABLE.readable.format(id=f"'{paper_id}'")
                found = tx.value(sql, PAPER_FINDABLE.params(asker))
                return bool(found), rights.may_see(tx, asker, paper, kind)

            by_search, by_page = await school.db.read(both)
            assert by_search is by_page, (name, paper_id)
            compared += by_page
    assert compared > len(ids)
