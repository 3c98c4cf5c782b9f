"""What an officer typed is what colleagues, schools and the handbook's readers see."""

from hub.officers.model import Role
from tests.hub.conftest import Province
from tests.hub.test_release_pages import page, press
from tests.reading import lines

TYPED = """12. 1.(화) 09:40까지 등교
12. 2.(수) 08:50까지 등교

   가. 대상: 4~6학년 <전체>
---
6. 9.21."""


async def test_a_notice_reads_as_it_was_typed_before_it_is_sent(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    where = await press(officer, "/notices/new", title="등교 시각", body=TYPED, scope="all")
    assert lines(await page(officer, where), "div", "letter-body") == TYPED
    async with officer.post("/notices/preview", data={"body": TYPED}) as preview:
        assert lines(await preview.text()) == TYPED


async def test_an_article_of_the_handbook_reads_as_it_was_typed(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    where = await press(officer, "/knowledge/new", title="등교", body=TYPED, audience="everyone")
    assert lines(await page(officer, where), "div", "prose") == TYPED
    assert lines(await page(officer, f"{where}/versions/1"), "div", "prose") == TYPED
    async with officer.post("/knowledge/preview", data={"body": TYPED}) as preview:
        assert lines(await preview.text()) == TYPED
