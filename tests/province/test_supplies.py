"""A kind of paper and a holiday from the console into a school's own list and calendar."""

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.province.conftest import DESK, PHONE, Province, visit, visit_hub

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITHIN_S = 120
NAME = "우유 급식 변경 신청서"


async def test_an_officer_publishes_a_paper_and_a_holiday_and_a_school_takes_both(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    administrator = await visit(browser, province.address("hanbit"), "hb-admin", PHONE)
    await administrator.go("/submissions/types")
    async with administrator.page.expect_download() as coming:
        await administrator.page.get_by_role("link", name="파일로 내보내기").first.click()
    file = json.loads(Path(await (await coming.value).path()).read_text("utf-8"))
    file["id"], file["type"]["name"] = "milk-change", NAME
    sent = tmp_path / "우유.json"
    sent.write_text(json.dumps(file, ensure_ascii=False), "utf-8")

    officer = await visit_hub(browser, province, DESK)
    officer.page.on("dialog", lambda dialog: dialog.accept())
    await officer.go("/supplies")
    await officer.page.set_input_files("[name=files]", sent)
    await officer.press("올리기")
    await officer.see(NAME)
    await officer.page.fill("[name=days]", "2027-05-04 개교 백 주년 휴일")
    await officer.press("공휴일 추가")
    await officer.see("개교 백 주년 휴일")
    await officer.press("시범 학교에 발행")

    page = administrator.page
    async with asyncio.timeout(WITHIN_S):
        await administrator.go("/admin/supplies")
        while not await page.get_by_text(NAME).count():
            await page.wait_for_timeout(500)
            await administrator.go("/admin/supplies")
    await administrator.go("/")
    await administrator.see("교육청에서 온 자료")
    await administrator.go("/admin/supplies")
    await page.get_by_role("link", name=NAME).click()
    await administrator.see("우리 학교에 없음")
    await administrator.press("우리 학교에서 사용")
    await administrator.see("서류 종류를 가져왔습니다")
    await page.get_by_role("link", name="개교 백 주년 휴일").click()
    await administrator.press("우리 학교에서 사용")
    await administrator.see("공휴일을 학사일정에 추가했습니다.")
    await administrator.go("/submissions/types")
    await administrator.see(NAME)
    await administrator.go("/calendar?month=2027-05")
    await administrator.see("개교 백 주년 휴일")
    for visitor in (administrator, officer):
        assert not visitor.complaints
        await visitor.close()
