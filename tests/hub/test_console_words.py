"""What an officer reads in the console: of this reader's matters, in this reader's language."""

from hub.officers.model import Role
from tests.hub.conftest import Province


async def test_of_a_failed_job_an_officer_reads_what_to_do_and_unfolds_what_the_program_said(
    province: Province,
) -> None:
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    await province.hub.db.write(
        lambda tx: tx.execute("UPDATE kit_job SET last_error = 'OSError: no space'")
    )
    shown = await (await administrator.get("/system")).text()
    assert "다음 실행 때 다시 시도합니다" in shown
    assert "<summary>오류 내용</summary><code>OSError: no space</code></details>" in shown


async def test_whoever_cannot_sign_in_to_the_console_is_not_sent_to_a_school(
    province: Province,
) -> None:
    page = await (await province.browser().get("/sign-in")).text()
    asked = page.partition("비밀번호를 잊었다면")[2].partition("</p>")[0]
    assert "허브 관리자에게 문의" in asked
    assert "학교" not in asked


async def test_an_officer_who_reads_english_reads_their_role_in_english(
    province: Province,
) -> None:
    browser = await province.signed_in(Role.ADMINISTRATOR)
    browser.cookie_jar.update_cookies({"lang": "en"})
    shown = await (await browser.get("/system")).text()
    assert '<span class="who-label">Administrator</span>' in shown


async def test_a_notice_speaks_of_guardians_only_where_it_goes_to_them_and_may_have_no_file(
    province: Province,
) -> None:
    browser = await province.signed_in(Role.OFFICER)
    for audience, says in (("staff", False), ("guardians", True)):
        sent = {"title": "급식 점검", "body": "점검합니다.", "audience": audience, "scope": "all"}
        page = await (await browser.post("/notices/new", data=sent)).text()
        assert ("보호자 게시 일시" in page) is says
        files = page.partition('for="field-files"')[2].partition("</form>")[0]
        assert "파일 첨부" in files
        assert "필수" not in files
