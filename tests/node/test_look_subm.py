import pytest
from tests.node.test_papers_in_a_browser import *
from tests.node.handing_in import *
from tests.models import documents
from tests.node.conftest import school  # noqa
from tests.conftest import clock  # noqa

async def shot(page, name):
    await page.screenshot(path=f"/tmp/subm/{name}.png", full_page=True)

async def test_look(browser, school):
    await absent(school, "2026-11-17", "2026-11-19")
    p = await trip(school)
    await trip(school, "2026-12-14", "2026-12-15")
    phone = await visit(browser, school, "김하늘", 360)
    await shot(phone, "front360")
    await phone.goto("/submissions"); await shot(phone, "list360")
    await phone.goto(p.address); await shot(phone, "paper360")
    d = await begin(school, p.client, "off-campus", "이지호")
    await phone.goto(d.address + "/edit"); await shot(phone, "edit360")
    await phone.goto(p.address + "/print"); await shot(phone, "print360")
    await decide(school, "박서연", p, "return", "학습 계획을 날짜별로 적어 주세요.")
    await phone.goto(p.address); await shot(phone, "returned360")
    desk = await visit(browser, school, "박서연", 360)
    await shot(desk, "deskfront360")
    await desk.goto("/submissions/tray"); await shot(desk, "tray360")
    await desk.goto("/submissions/cases"); await shot(desk, "cases360")
    wide = await visit(browser, school, "정민호", 1280)
    await wide.goto("/submissions/types"); await shot(wide, "types1280")
    await wide.goto("/submissions/types/off-campus/edit"); await shot(wide, "type1280")
    desk2 = await visit(browser, school, "박서연", 1280)
    await desk2.goto("/submissions/tray"); await shot(desk2, "tray1280")
    await desk2.goto(p.address + "/print"); await shot(desk2, "print1280")
    await desk2.goto("/submissions"); await shot(desk2, "list1280")
