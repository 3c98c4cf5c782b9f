"""The handbook: documents of every kind, their history, and the index that schools are given."""

import shutil
import unicodedata
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from whoosh import index as whoosh_index

from hub.child import ChildFailed
from hub.knowledge import finding
from hub.knowledge.model import (
    Audience,
    Changes,
    ContentWrong,
    DocumentContent,
    DocumentWithdrawn,
    Filter,
    FolderWrong,
    Pending,
)
from hub.releases.model import NothingChanged
from hub.releases.repository import moved
from kit.clock import DAY, ManualClock, moment
from kit.problem import Conflict, Forbidden, NotFound
from models.ahead import prepared
from models.extract.extraction import TEXT_LIMIT
from models.index import NAME
from models.library import Library
from models.passages import Rights
from models.vectors import Embedder, VectorFile
from tests.hub.releasing import HANDBOOK, VECTORS, Workplace
from tests.hub.syncing import ADMINISTRATOR, OFFICER, VIEWER
from tests.models.documents import docx, hwpx, pdf, pdf_with_bad_page

STAFF = Rights(frozenset({"staff"}), reads_families=True)
GUARDIAN = Rights(frozenset({"guardians"}))
TRIP = DocumentContent(
    title="교외 체험학습 신청",
    body="교외 체험학습은 시작하는 날의 **사흘 전**까지 신청합니다. 한 해에 20일까지 됩니다.",
    audience=Audience.EVERYONE,
    category="학적",
    source="경기 학교 길잡이 2026",
)


@pytest.fixture
async def place(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = Workplace(database_url, clock, tmp_path / "hub")
    await made.start()
    yield made
    await made.stop()


async def listed(place: Workplace, **wanted: object) -> list[str]:
    found, _more, _categories, _changes = await place.knowledge.lines(
        VIEWER,
        Filter(**wanted),  # type: ignore[arg-type]
    )
    return [one.title for one in found]


def found_in(folder: Path, question: str, rights: Rights, own: Path, now: int) -> list[str]:
    """Titles that a school's library finds in a release."""
    library = Library(own, Embedder())
    library.open_knowledge(folder)
    return [one.title for one in library.search(question, rights, now, 5)]


async def test_a_document_is_written_edited_and_taken_back_to_an_earlier_text(
    place: Workplace, clock: ManualClock
) -> None:
    made = await place.knowledge.add(OFFICER, TRIP)
    clock.advance(1000)
    later = DocumentContent(
        title=TRIP.title, body="닷새 전까지 신청합니다.", audience=Audience.STAFF
    )
    await place.knowledge.edit(OFFICER, made, later, 1)
    with pytest.raises(Conflict):
        await place.knowledge.edit(OFFICER, made, TRIP, 1)
    await place.knowledge.go_back(OFFICER, made, 1)
    entry, versions = await place.knowledge.document(VIEWER, made)
    assert entry.content == TRIP
    assert [(one.version, one.content.body[:3]) for one in versions] == [
        (3, "교외 "), (2, "닷새 "), (1, "교외 "),
    ]  # fmt: skip
    assert (await place.knowledge.version(VIEWER, made, 2)).content == later


async def test_a_withdrawn_document_comes_back_as_it_was(place: Workplace) -> None:
    made = await place.knowledge.add(OFFICER, TRIP)
    await place.knowledge.withdraw(OFFICER, made)
    with pytest.raises(DocumentWithdrawn):
        await place.knowledge.edit(OFFICER, made, TRIP, 2)
    assert await listed(place) == []
    assert await listed(place, show="withdrawn") == [TRIP.title]
    await place.knowledge.restore(OFFICER, made)
    entry, _versions = await place.knowledge.document(VIEWER, made)
    assert (entry.content, entry.withdrawn_at) == (TRIP, None)


async def test_a_viewer_reads_and_changes_nothing(place: Workplace) -> None:
    made = await place.knowledge.add(OFFICER, TRIP)
    knowledge = place.knowledge
    for act in (
        knowledge.add(VIEWER, TRIP),
        knowledge.edit(VIEWER, made, TRIP, 1),
        knowledge.withdraw(VIEWER, made),
        knowledge.restore(VIEWER, made),
        knowledge.go_back(VIEWER, made, 1),
        place.intake.add_files(VIEWER, [("a.md", b"# a\n\nb")], TRIP),
        place.intake.replace_file(VIEWER, made, "a.md", b"a"),
        place.intake.import_folder(VIEWER, HANDBOOK),
        place.making.begin_handbook(VIEWER),
        place.making.publish_handbook(VIEWER),
    ):
        with pytest.raises(Forbidden):
            await act
    entry, versions = await knowledge.document(VIEWER, made)
    assert (entry.version, len(versions)) == (1, 1)
    with pytest.raises(NotFound):
        await knowledge.document(VIEWER, "f" * 20)


@pytest.mark.parametrize(
    "wrong",
    [
        DocumentContent(title="", body="글"),
        DocumentContent(title="빈 글", body="  "),
        DocumentContent(title="날짜", body="글", valid_from="2026-13-01"),
        DocumentContent(
            title="거꾸로", body="글", valid_from="2026-03-02", valid_until="2026-03-01"
        ),
    ],
)
async def test_what_cannot_be_cited_is_not_kept(place: Workplace, wrong: DocumentContent) -> None:
    with pytest.raises(ContentWrong):
        await place.knowledge.add(OFFICER, wrong)
    assert await listed(place) == []


async def test_documents_are_found_by_word_category_audience_and_state(place: Workplace) -> None:
    await place.knowledge.add(OFFICER, TRIP)
    await place.knowledge.add(
        OFFICER, DocumentContent(title="복무", body="출장은 미리 냅니다.", category="복무")
    )
    assert await listed(place, q="사흘") == [TRIP.title]
    assert await listed(place, q=unicodedata.normalize("NFD", "사흘")) == [TRIP.title]
    assert await listed(place, category="복무") == ["복무"]
    assert await listed(place, audience=Audience.EVERYONE) == [TRIP.title]
    assert len(await listed(place, show="pending")) == 2


async def test_files_of_every_kind_become_documents_and_bad_ones_say_why(
    place: Workplace, tmp_path: Path
) -> None:
    article = "---\ntitle: 결석 처리\naudience: 보호자\ncategory: 학적\n---\n사흘 안에 냅니다."
    files = [
        ("결석.md", article.encode()),
        ("이름만.md", "# 첫 제목\n\n본문입니다.".encode()),
        ("메모.txt", "급식은 12시에 시작합니다.".encode("cp949")),
        ("규정.pdf", pdf("Field trip rules apply to every school.")),
        ("서식.docx", docx("보건실은 2층에 있습니다.")),
        (
            unicodedata.normalize("NFD", "공문.hwpx"),
            hwpx(tmp_path, "방학은 12월 30일에 시작합니다."),
        ),
        ("그림.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40),
        ("빈.txt", b""),
        ("깨짐.md", b"---\nnonsense\n---\nx"),
    ]
    like = DocumentContent(title="", body="", audience=Audience.STAFF, category="기타")
    done = await place.intake.add_files(OFFICER, files, like)
    assert [bool(one.document_id) for one in done] == [True] * 6 + [False] * 3
    assert all(one.problem for one in done[6:])
    first, _versions = await place.knowledge.document(VIEWER, done[0].document_id)
    assert (first.content.title, first.content.audience) == ("결석 처리", Audience.GUARDIANS)
    assert (await place.knowledge.document(VIEWER, done[1].document_id))[0].content.title == (
        "첫 제목"
    )
    text, _versions = await place.knowledge.document(VIEWER, done[2].document_id)
    assert (text.content.body, text.content.category) == ("급식은 12시에 시작합니다.", "기타")
    letter, _versions = await place.knowledge.document(VIEWER, done[5].document_id)
    assert "12월 30일" in letter.content.body
    assert (letter.content.title, letter.file.name) == ("공문", "공문.hwpx")
    assert place.knowledge.blobs.path(letter.file.sha256).is_file()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("규정.pdf", pdf_with_bad_page(b"null"), "읽을 수 없는 페이지가 있습니다"),
        ("규정.docx", docx("가" * (TEXT_LIMIT + 1)), "나누어서 올려 주세요"),
    ],
)
async def test_a_file_of_which_a_part_would_be_missing_is_refused(
    place: Workplace, name: str, content: bytes, said: str
) -> None:
    like = DocumentContent(title="", body="", audience=Audience.STAFF, category="기타")
    (done,) = await place.intake.add_files(OFFICER, [(name, content)], like)
    assert not done.document_id
    assert said in done.problem


async def test_another_file_takes_the_place_of_a_documents_text(place: Workplace) -> None:
    made = await place.knowledge.add(OFFICER, TRIP)
    await place.intake.replace_file(OFFICER, made, "새.docx", docx("이레 전까지 신청합니다."))
    entry, _versions = await place.knowledge.document(VIEWER, made)
    assert "이레 전" in entry.content.body
    assert (entry.content.title, entry.content.audience) == (TRIP.title, Audience.EVERYONE)
    assert entry.file.name == "새.docx"


async def test_a_folder_is_imported_whole_and_only_what_changed_the_second_time(
    place: Workplace, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for path in sorted(HANDBOOK.glob("*.md"))[:5]:
        shutil.copy(path, folder)
    done = await place.intake.import_folder(OFFICER, folder)
    assert (done.added, done.changed, done.unchanged) == (5, 0, 0)
    first = min(folder.glob("*.md"))
    first.write_text(first.read_text("utf-8") + "\n덧붙입니다.\n", "utf-8")
    done = await place.intake.import_folder(OFFICER, folder)
    assert (done.added, done.changed, done.unchanged) == (0, 1, 4)
    (folder / "bad.md").write_text("---\nfoo\n", "utf-8")
    with pytest.raises(FolderWrong, match=r"bad\.md"):
        await place.intake.import_folder(OFFICER, folder)
    assert len(await listed(place)) == 5


async def test_a_published_handbook_answers_within_the_rights_of_its_readers(
    place: Workplace, tmp_path: Path, clock: ManualClock
) -> None:
    await place.knowledge.add(OFFICER, TRIP)
    staff = DocumentContent(title="교직원 출장 여비", body="출장 여비는 이레 안에 정산합니다.")
    await place.knowledge.add(OFFICER, staff)
    ended = replace(TRIP, title="지난 체험학습 규정", valid_until="2026-02-28")
    await place.knowledge.add(OFFICER, ended)
    release = await place.making.publish_handbook(OFFICER)
    folder = place.unpacked("knowledge", release.version, "school")
    now = clock.now()
    trip = "체험학습은 며칠 전까지 신청하나요"
    money = "출장 여비는 언제 정산하나요"
    assert found_in(folder, trip, GUARDIAN, tmp_path / "a", now)[0] == TRIP.title
    assert ended.title not in found_in(folder, trip, STAFF, tmp_path / "b", now)
    assert staff.title not in found_in(folder, money, GUARDIAN, tmp_path / "c", now)
    assert found_in(folder, money, STAFF, tmp_path / "d", now)[0] == staff.title
    before = moment(2026, 2, 28, 23, 59)
    assert ended.title in found_in(folder, trip, STAFF, tmp_path / "e", before)


async def test_what_waits_for_publication_is_told_and_publishing_settles_it(
    place: Workplace, clock: ManualClock
) -> None:
    kept = await place.knowledge.add(OFFICER, TRIP)
    gone = await place.knowledge.add(OFFICER, replace(TRIP, title="없앨 글"))
    assert await place.handbook.changes(VIEWER) == Changes(2, 2, 0, 0)
    first = await place.making.publish_handbook(OFFICER)
    assert await place.handbook.changes(VIEWER) == Changes(2, 0, 0, 0)
    with pytest.raises(NothingChanged):
        await place.making.begin_handbook(OFFICER)
    await place.knowledge.edit(OFFICER, kept, replace(TRIP, body="닷새 전까지."), 1)
    await place.knowledge.withdraw(OFFICER, gone)
    await place.knowledge.add(OFFICER, replace(TRIP, title="새 글"))
    assert await place.handbook.changes(VIEWER) == Changes(2, 1, 1, 1)
    entry, _versions = await place.knowledge.document(VIEWER, gone)
    assert entry.pending is Pending.REMOVED
    clock.advance(DAY)
    pressed = [await place.making.begin_handbook(OFFICER, "둘째") for _time in range(2)]
    for work in pressed:
        await place.releases.workshop.done(work)
    works = {one.id: one for one in await place.progress.works(VIEWER)}
    done, idle = (works[work] for work in pressed)
    assert (done.step, done.error) == ("done", "")
    assert (idle.step, idle.error) == ("failed", str(NothingChanged()))
    assert done.version is not None
    assert done.version > first.version
    assert await place.handbook.changes(VIEWER) == Changes(2, 0, 0, 0)


async def test_a_failed_build_publishes_nothing_and_can_be_repeated(
    place: Workplace, clock: ManualClock
) -> None:
    await place.knowledge.add(OFFICER, TRIP)
    # A folder without its vectors' second file: the builder cannot go on.
    broken = place.folder / "broken"
    broken.mkdir(parents=True)
    (broken / "vectors.ids").write_bytes(b"0" * 16)
    (broken / "vectors.f16").mkdir()
    with pytest.raises((ChildFailed, OSError)):
        await place.making.publish_handbook(OFFICER, vectors=broken)
    assert place.repository.versions("knowledge") == []
    assert list(place.making.folder.glob("*")) == []
    assert (await place.handbook.changes(VIEWER)).new == 1
    release = await place.making.publish_handbook(OFFICER)
    assert place.repository.versions("knowledge") == [release.version]


async def test_one_changed_article_of_a_whole_handbook_moves_little(
    place: Workplace, tmp_path: Path, clock: ManualClock
) -> None:
    await place.intake.import_folder(OFFICER, HANDBOOK)
    first = await place.making.publish_handbook(OFFICER, vectors=VECTORS)
    (line,) = (await place.knowledge.lines(VIEWER, Filter(q="이 길잡이를 읽는 법")))[0][:1]
    entry, _versions = await place.knowledge.document(VIEWER, line.id)
    changed = replace(entry.content, body=entry.content.body + "\n\n6. 덧붙인 말입니다.")
    await place.knowledge.edit(OFFICER, entry.id, changed, entry.version)
    clock.advance(DAY)
    second = await place.making.publish_handbook(OFFICER)
    old = place.repository.manifest("knowledge", first.version)
    new = place.repository.manifest("knowledge", second.version)
    assert moved(new, old) == second.moved
    same = {file.path: file.sha256 for file in old.files}
    segments = [file for file in new.files if file.path.endswith(".seg")]
    assert [same.get(file.path) == file.sha256 for file in segments].count(False) == 1
    folder = place.unpacked("knowledge", second.version, "school")
    titles = found_in(folder, "덧붙인 말", STAFF, tmp_path / "own", clock.now())
    assert entry.content.title in titles


def traces(folder: Path, words: str) -> list[str]:
    """Passages with these words in the files of a release, whether a search finds them or not."""
    opened = whoosh_index.open_dir(str(folder), NAME)
    with opened.reader() as reader:
        rows = [reader.stored_fields(number) for number in range(reader.doc_count_all())]
    opened.close()
    return [row["text"] for row in rows if words in row["text"]]


async def test_a_school_need_not_make_the_vectors_of_what_a_release_says(
    place: Workplace, tmp_path: Path
) -> None:
    await place.knowledge.add(OFFICER, TRIP)
    made = await place.making.publish_handbook(OFFICER)
    library = Library(tmp_path / "own", Embedder())
    library.open_knowledge(place.unpacked("knowledge", made.version, "school"))
    assert prepared(place.folder / "school").row_of
    assert library.without_vector_ahead(1) == []


async def test_removed_words_leave_the_files_when_that_is_asked_for(
    place: Workplace, clock: ManualClock
) -> None:
    secret = "김아무개 010-1234-5678"
    await place.knowledge.add(OFFICER, TRIP)
    made = await place.knowledge.add(OFFICER, DocumentContent(title="담당자 전화", body=secret))
    await place.making.publish_handbook(OFFICER)
    await place.knowledge.withdraw(OFFICER, made)
    clock.advance(DAY)
    usual = await place.making.publish_handbook(OFFICER)
    before = place.unpacked("knowledge", usual.version, "before")
    assert traces(before, "010-1234")
    clock.advance(DAY)
    await place.releases.workshop.done(await place.making.begin_handbook(OFFICER, anew=True))
    (latest, *_rest) = (await place.progress.lines(VIEWER))["knowledge"]
    after = place.unpacked("knowledge", latest.release.version, "after")
    assert traces(after, "010-1234") == []
    assert traces(after, "사흘 전")
    assert (after / "vectors.ids").stat().st_size < (before / "vectors.ids").stat().st_size
    assert VectorFile(after).row_of.keys() < VectorFile(before).row_of.keys()
    assert prepared(after).row_of.keys() < prepared(before).row_of.keys()


async def test_what_was_withdrawn_leaves_the_hub_at_once_and_the_next_release_for_good(
    place: Workplace, clock: ManualClock
) -> None:
    await place.knowledge.add(OFFICER, TRIP)
    first = await place.making.publish_handbook(OFFICER)
    wrong = await place.knowledge.add(
        OFFICER, DocumentContent(title="담당자", body="주민등록번호 850101")
    )
    clock.advance(DAY)
    second = await place.making.publish_handbook(OFFICER)
    chunks = {
        place.repository.chunks.file_of(one)
        for one in place.repository.manifest("knowledge", second.version).chunks.values()
    }
    kept = {
        place.repository.chunks.file_of(one)
        for one in place.repository.manifest("knowledge", first.version).chunks.values()
    }
    await place.knowledge.withdraw(OFFICER, wrong)
    clock.advance(DAY)
    third = await place.making.publish_handbook(OFFICER)
    assert traces(place.unpacked("knowledge", third.version, "third"), "850101")
    await place.releases.withdraw(ADMINISTRATOR, "knowledge", third.version, "개인정보")
    await place.releases.withdraw(ADMINISTRATOR, "knowledge", second.version, "개인정보")
    assert not any(path.exists() for path in chunks - kept)
    clock.advance(DAY)
    again = await place.releases.publish_again(OFFICER, "knowledge", first.version)
    clock.advance(DAY)
    await place.knowledge.add(OFFICER, replace(TRIP, title="새 글"))
    fourth = await place.making.publish_handbook(OFFICER)
    assert fourth.version > again.version
    manifest = place.repository.manifest("knowledge", fourth.version)
    assert len([file for file in manifest.files if file.path.endswith(".seg")]) == 1
    await place.knowledge.add(OFFICER, replace(TRIP, title="또 새 글"))
    clock.advance(DAY)
    fifth = await place.making.publish_handbook(OFFICER)
    manifest = place.repository.manifest("knowledge", fifth.version)
    assert len([file for file in manifest.files if file.path.endswith(".seg")]) == 2


async def test_what_waits_is_told_by_what_schools_are_given_now(
    place: Workplace, clock: ManualClock
) -> None:
    kept = await place.knowledge.add(OFFICER, TRIP)
    first = await place.making.publish_handbook(OFFICER)
    clock.advance(DAY)
    await place.knowledge.edit(OFFICER, kept, replace(TRIP, body="닷새 전까지."), 1)
    await place.knowledge.add(OFFICER, replace(TRIP, title="새 글"))
    second = await place.making.publish_handbook(OFFICER)
    assert await place.handbook.changes(VIEWER) == Changes(2, 0, 0, 0)
    clock.advance(DAY)
    again = await place.releases.publish_again(OFFICER, "knowledge", first.version)
    assert await place.handbook.changes(VIEWER) == Changes(2, 1, 1, 0)
    clock.advance(DAY)
    await place.releases.publish_again(OFFICER, "knowledge", again.version)
    assert await place.handbook.changes(VIEWER) == Changes(2, 1, 1, 0)
    fifth = await place.making.publish_handbook(OFFICER)
    assert await place.handbook.changes(VIEWER) == Changes(2, 0, 0, 0)
    releases = place.releases
    await releases.stop_offering(OFFICER, "knowledge", fifth.version, "오답")
    assert await place.handbook.changes(VIEWER) == Changes(2, 1, 1, 0)  # as the fourth has it
    for line in (await place.progress.lines(VIEWER))["knowledge"][:3]:
        await releases.withdraw(ADMINISTRATOR, "knowledge", line.release.version, "잘못")
    assert await place.handbook.changes(VIEWER) == Changes(2, 0, 0, 0)  # the second is newest
    await releases.withdraw(ADMINISTRATOR, "knowledge", second.version, "잘못")
    assert await place.handbook.changes(VIEWER) == Changes(2, 1, 1, 0)
    await releases.withdraw(ADMINISTRATOR, "knowledge", first.version, "잘못")
    assert await place.handbook.changes(VIEWER) == Changes(2, 2, 0, 0)


async def test_a_word_is_found_wherever_it_stands_and_only_while_it_stands_there(
    place: Workplace,
) -> None:
    """The same before the pairs of a document's letters are kept, and once they are."""
    first = await place.knowledge.add(
        OFFICER, DocumentContent(title="늘봄", body="돌봄교실을 연다. Neulbom")
    )
    other = await place.knowledge.add(
        OFFICER, DocumentContent(title="복무", body="돌봄 휴가", source="지침")
    )
    for _turn in range(2):
        assert await listed(place, q="돌봄") == ["늘봄", "복무"]
        assert await listed(place, q="교실을 연") == ["늘봄"]
        assert await listed(place, q="neulBOM") == ["늘봄"]
        assert await listed(place, q="교실연") == []
        assert await listed(place, q="침") == ["복무"]
        assert await listed(place, q="돌_교") == ["늘봄"]
        await place.knowledge.finder.catch_up()
    entry, _versions = await place.knowledge.document(OFFICER, first)
    rewritten = replace(entry.content, body="휴가는 없다")
    await place.knowledge.edit(OFFICER, first, rewritten, entry.version)
    for _turn in range(2):
        assert await listed(place, q="돌봄") == ["복무"]
        assert await listed(place, q="휴가") == ["늘봄", "복무"]
        await place.knowledge.finder.catch_up()
    await place.knowledge.withdraw(OFFICER, other)
    assert await listed(place, q="휴가") == ["늘봄"]
    assert await listed(place, q="휴가", show="withdrawn") == ["복무"]


async def test_pairs_that_were_broken_off_are_kept_whole_the_next_time(place: Workplace) -> None:
    made = await place.knowledge.add(OFFICER, DocumentContent(title="가", body="하나 둘 셋"))
    await place.knowledge.finder.catch_up()
    for body in ("넷 다섯", "하나 여섯"):
        entry, _versions = await place.knowledge.document(OFFICER, made)
        await place.knowledge.edit(OFFICER, made, replace(entry.content, body=body), entry.version)
        broken_off = await place.db.read(finding.next_waiting)
        assert broken_off is not None
        await place.db.write(
            partial(finding.write_pairs, waiting=broken_off, pairs=["나 ", "넷 "], new={"넷 "})
        )
    await place.knowledge.finder.catch_up()
    assert await listed(place, q="하나 여섯") == ["가"]
    assert await listed(place, q="다섯") == []


async def test_a_search_reads_the_bodies_it_shows_whatever_else_the_handbook_holds(
    place: Workplace,
) -> None:
    for number in range(120):
        body = "늘봄구역" if number % 40 == 0 else "다른 말"
        await place.knowledge.add(OFFICER, DocumentContent(title=f"{number:03}", body=body))
    await place.knowledge.finder.catch_up()
    found = await place.db.read(
        lambda tx: finding.possible(tx, "늘봄구역", *finding.chosen_by(Filter(q="늘봄구역")))
    )
    assert len(found) == 3
