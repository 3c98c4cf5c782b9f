"""An index with several readers' texts: everybody finds their own, nobody another's."""

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from whoosh import index as whoosh_index
from whoosh import writing
from whoosh.index import TOC

from models.index import NAME, Reader, build, embed, extend
from models.library import Library
from models.passages import Document, Rights, state_of
from models.release import BadRelease, ReleaseInfo, write
from models.retrieve import Retriever, school_year
from models.vectors import Embedder, VectorFile

NOW = 1_795_392_000_000  # 2026-11-23 in ms
DAY = 86_400_000
KEYS = (
    "guardians",
    "guardians/class:a",
    "students",
    "staff",
    "staff/role:office",
    "staff/person:x",
)
STAFF = Rights(frozenset({"staff"}), reads_families=True)


def document(
    subject: str, text: str, keys: tuple[str, ...] = ("guardians",), **more: object
) -> Document:
    given = {"title": "안내", "href": f"/{subject}", "kind": "newsletter", **more}
    return Document(subject=subject, text=text, keys=keys, **given)  # type: ignore[arg-type]


def found(reader: Reader, question: str, rights: Rights, now: int = NOW) -> list[str]:
    ranked = Retriever([reader], None).search(question, rights, now, 20)
    return [one.passage.subject for one in ranked]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, list[Document]]]:
    """One text for every combination of up to two keys, all of the same words."""
    folder = tmp_path_factory.mktemp("rights")
    combinations = {tuple(sorted({one, other})) for one in KEYS for other in KEYS}
    documents = [
        document(f"s:{at}", "급식 시간은 12시입니다.", keys)
        for at, keys in enumerate(sorted(combinations))
    ]
    build(folder, documents)
    reader = Reader(folder)
    yield reader, documents
    reader.close()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(held=st.frozensets(st.sampled_from([*KEYS, "guardians/class:b"])), staff=st.booleans())
def test_the_index_finds_exactly_what_the_rule_allows(
    everything: tuple[Reader, list[Document]], held: frozenset[str], staff: bool
) -> None:
    reader, documents = everything
    rights = Rights(held, reads_families=staff)
    allowed = {one.subject for one in documents if rights.allow(one.keys)}
    ranked = Retriever([reader], None).search("급식 시간", rights, NOW, 100)
    assert {one.passage.subject for one in ranked} == allowed


# What schools put into the names of departments, and what else would tear a key apart.
NAMES = st.text(
    st.sampled_from([*"교무연구부ab AB,;:/|'\"\t\n·ㆍ()%_*~é\u0301\u1100\u1161😀\0"]),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(names=st.lists(NAMES, min_size=1, max_size=6, unique=True), other=NAMES)
@example(names=["교무,연구부"], other="교무")
@example(names=["교무, 연구부", "교무"], other="연구부")
def test_a_department_reads_what_is_for_it_and_nothing_else_whatever_its_name(
    names: list[str], other: str
) -> None:
    keys = [f"staff/department:{name}" for name in names]
    documents = [document(f"s:{at}", "감사 자료", (key,)) for at, key in enumerate(keys)]
    documents.append(document("all", "감사 자료", tuple(keys)))
    asked = {*keys, f"staff/department:{other}", *(part for name in names for part in name)}
    with TemporaryDirectory() as folder:
        build(Path(folder), documents)
        reader = Reader(Path(folder))
        for key in asked:
            expected = {one.subject for one in documents if key in one.keys}
            assert set(found(reader, "감사 자료", Rights(frozenset({key})))) == expected
        reader.close()


def test_an_index_whose_keys_were_split_at_commas_is_written_anew(tmp_path: Path) -> None:
    secret = document("a", "감사 자료", ("staff/department:교무,연구부",))
    build(tmp_path, [secret])
    former = whoosh_index.open_dir(str(tmp_path), NAME)
    writer = former.writer()
    row = Reader(tmp_path).newest[0]
    words = {"words": "감사 자료", "key": ["staff/department:교무", "연구부"], "families": "0"}
    writer.delete_by_term("subject", "a")
    writer.add_document(**{**row, **words, "state": state_of([secret])})
    writer.commit()
    assert found(Reader(tmp_path), "감사", Rights(frozenset({"연구부"}))) == ["a"]
    assert Reader(tmp_path).subjects == {"a": ""}
    build(tmp_path, [secret])
    reader = Reader(tmp_path)
    assert found(reader, "감사", Rights(frozenset({"연구부"}))) == []
    assert found(reader, "감사", Rights(frozenset(secret.keys))) == ["a"]
    assert reader.subjects == {"a": state_of([secret])}


def test_who_may_read_nothing_finds_nothing_by_words_or_meaning(tmp_path: Path) -> None:
    build(tmp_path, [document("a", "성과급 심사는 9일입니다.", ("staff",))], Embedder())
    reader = Reader(tmp_path)
    nobody = Rights(frozenset({"guardians"}))
    assert Retriever([reader], Embedder()).search("성과급 심사", nobody, NOW, 10) == []


def test_a_text_is_found_only_while_it_holds(tmp_path: Path) -> None:
    build(
        tmp_path,
        [
            document("past", "통학버스 요금", valid_until=NOW),
            document("now", "통학버스 요금", valid_from=NOW - DAY, valid_until=NOW + DAY),
            document("coming", "통학버스 요금", valid_from=NOW + 1),
        ],
    )
    reader = Reader(tmp_path)
    guardian = Rights(frozenset({"guardians"}))
    assert found(reader, "통학버스", guardian) == ["now"]
    assert found(reader, "통학버스", guardian, NOW - 2 * DAY) == ["past"]


def test_this_years_version_comes_before_last_years(tmp_path: Path) -> None:
    old = document("old", "졸업식은 1월 5일입니다.", title="2025학년도 졸업식 안내")
    new = document("new", "졸업식은 1월 7일입니다.", title="2026학년도 졸업식 안내")
    build(tmp_path, [old, new])
    reader = Reader(tmp_path)
    guardian = Rights(frozenset({"guardians"}))
    assert found(reader, "졸업식은 언제인가요?", guardian)[0] == "new"
    assert found(reader, "2025학년도 졸업식은 언제였나요?", guardian)[0] == "old"
    assert school_year(NOW) == 2026


def test_the_class_and_day_that_were_asked_for_come_first(tmp_path: Path) -> None:
    documents = [
        document(f"{room}:{day}", "준비물: 줄넘기", title=f"{room[0]}학년 {room[2]}반 알림장 {day}")
        for room in ("3-1", "3-2", "4-2")
        for day in ("4월 8일", "4월 9일")
    ]
    build(tmp_path, documents)
    guardian = Rights(frozenset({"guardians"}))
    assert found(Reader(tmp_path), "3-2 4월9일 준비물 뭐예요", guardian)[0] == "3-2:4월 9일"


def test_a_changed_text_takes_its_old_ones_place_and_a_removed_one_goes(tmp_path: Path) -> None:
    build(tmp_path, [document("a", "도서관은 5시까지"), document("b", "체육관은 6시까지")])
    extend(tmp_path, {"a": [document("a", "도서관은 7시까지")]}, ["b"])
    reader = Reader(tmp_path)
    ranked = Retriever([reader], None).search("도서관 체육관", STAFF, NOW, 10)
    assert [one.passage.text for one in ranked] == ["도서관은 7시까지"]


def test_an_index_that_grew_by_many_changes_finds_what_one_made_at_once_finds(
    tmp_path: Path,
) -> None:
    """Segments were merged, and what did not change was taken over, many times."""
    grown = Library(tmp_path / "grown", None)
    held: dict[str, Document] = {}
    for step in range(39):  # no more than one ranking takes
        removed = [f"s:{step // 2}"] if step % 7 == 3 else []
        changed = [f"s:{step}", *([f"s:{step // 3}"] if step % 5 == 4 else [])]
        for subject in removed:
            held.pop(subject, None)
        for subject in changed:
            held[subject] = document(subject, f"{step}번째 글입니다. 학교 {step % 10}관 안내")
        grown.change({subject: [held[subject]] for subject in changed}, removed)
    build(tmp_path / "whole", held.values())
    whole = Library(tmp_path / "whole", None)
    for question in ("7번째 글", "학교 3관", "안내", "38번째"):
        texts = [
            {(one.subject, one.text) for one in library.search(question, STAFF, NOW, 100)}
            for library in (grown, whole)
        ]
        assert texts[0] == texts[1]
    assert grown.subjects == whole.subjects
    assert len(list((tmp_path / "grown").glob("*.seg"))) < 20


def test_a_change_reads_what_changed_and_takes_over_all_else(tmp_path: Path) -> None:
    build(tmp_path, [document(f"s:{at}", f"{at}번째 글입니다.") for at in range(50)])
    before = Reader(tmp_path)
    extend(tmp_path, {"s:7": [document("s:7", "바뀐 글입니다.")]})
    after = Reader(tmp_path, before=before)
    known = {id(row) for _offset, part in before.parts.values() for _number, row in part}
    rows = [row for _offset, part in after.parts.values() for _number, row in part]
    assert len(rows) == 50
    assert [row["text"] for row in rows if id(row) not in known] == ["바뀐 글입니다."]


def test_vectors_that_come_are_searched_by_the_newest_texts_first(tmp_path: Path) -> None:
    library = Library(tmp_path, Embedder())
    texts = [document(f"s:{at}", f"{at}번째 글입니다.", at=NOW - at * DAY) for at in range(5)]
    library.change({one.subject: [one] for one in reversed(texts)}, [])
    first = library.without_vector(2)
    assert [one.text.split("\n")[1] for one in first] == ["0번째 글입니다.", "1번째 글입니다."]
    library.keep_vectors(first, library.vectors_of([one.text for one in first]))
    assert library.unvectored == 3
    assert [one.text.split("\n")[1] for one in library.without_vector(1)] == ["2번째 글입니다."]
    reopened = Reader(tmp_path)
    assert reopened.unvectored == 3
    question = Embedder().question("0번째 글")
    mask = reopened.allowed(STAFF, NOW)
    assert len(reopened.by_vector(question, mask, 10)) == 2


def test_a_release_grows_without_touching_what_was_there(tmp_path: Path) -> None:
    many = [document(f"s:{at}", f"{at}번째 글입니다. 학교 {at}") for at in range(60)]
    build(tmp_path, many)
    before = {p.name: p.read_bytes() for p in tmp_path.glob("*.seg")}
    build(tmp_path, [*many[:-1], document("s:59", "바뀐 글입니다.")])
    after = {p.name: p.read_bytes() for p in tmp_path.glob("*.seg")}
    assert before
    assert all(after.get(name) == content for name, content in before.items())
    assert len(after) > len(before)


def test_vectors_survive_a_kill_between_their_two_files(tmp_path: Path) -> None:
    build(tmp_path, [document("a", "도서관은 5시까지")], Embedder())
    with (tmp_path / "vectors.f16").open("ab") as rows:
        rows.write(b"half a row")
    extend(tmp_path, {"b": [document("b", "체육관은 6시까지")]})
    assert embed(tmp_path, Embedder()) == 1
    assert len(VectorFile(tmp_path).matrix) == 2
    assert Reader(tmp_path).unvectored == 0


# Whoosh leaves the file that it could not read to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_index_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    own = tmp_path / "own"
    build(own, [document("a", "도서관은 5시까지")])
    for toc in own.glob("*.toc"):
        toc.write_bytes(b"garbage")
    assert Library(own, None).subjects == {}


class Planted:
    """An object whose pickle runs a command on whoever opens it."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.place}",))

    def clean(self) -> None:
        """Asked of every field before it is written."""


# Whoosh leaves the file of an index that it cannot read to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("where", ["schema", "segments", "row", "old format"])
def test_an_index_that_wants_to_run_something_is_refused_and_runs_nothing(
    tmp_path: Path, where: str
) -> None:
    folder, ran = tmp_path / "handbook", tmp_path / "ran"
    build(folder, [document("a", "급식 시간은 12시입니다.")])
    write(folder, ReleaseInfo(kind="knowledge", version="1", name="n", created_at=NOW))
    opened = whoosh_index.open_dir(str(folder), NAME)
    toc = TOC.read(opened.storage, NAME)
    planted: Any = Planted(ran)
    if where == "row":
        with opened.writer() as writer:
            writer.add_document(subject="b", state="", digest=planted)
    elif where == "segments":
        toc.segments = [planted]
    else:
        toc.schema = toc.schema.copy()
        toc.schema._fields["at"] = planted
    if where != "row":
        place = next(folder.glob("*.toc"))
        place.unlink()
        toc.write(opened.storage, NAME)
    if where == "old format":
        written = place.read_bytes()
        place.write_bytes(written.replace(b"\xff\xff\xff\x91", b"\xff\xff\xff\x92"))
    with pytest.raises(BadRelease):
        Library(tmp_path / "own", None).open_knowledge(folder)
    assert not ran.exists()


def test_an_index_is_built_also_when_its_words_do_not_fit_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoosh sorts what is too much by way of files, which are pickles as well."""
    runs: list[object] = []

    class Small(writing.PostingPool):  # type: ignore[misc]
        def __init__(self, *given: Any, **_more: Any) -> None:
            super().__init__(*given, limitmb=0.01)

        def save(self) -> None:
            runs.append(self)
            super().save()

    monkeypatch.setattr(writing, "PostingPool", Small)
    build(tmp_path, [document(str(at), f"급식 시간은 {at}시입니다.") for at in range(50)])
    assert len(runs) > 5
    assert found(Reader(tmp_path), "급식 시간", STAFF)


def test_whoosh_unpickles_nothing_past_the_guard(tmp_path: Path) -> None:
    """A newer Whoosh may unpickle elsewhere: whatever is loaded once an index was written and read."""
    build(tmp_path, [document(str(at), f"급식 시간은 {at}시입니다.") for at in range(9)])
    build(tmp_path, [document(str(at), f"급식 시간은 {at}시입니다.") for at in range(5)])
    assert found(Reader(tmp_path), "급식 시간", STAFF)
    past = [
        f"{name}.{held}"
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "whoosh"
        for held, value in vars(module).items()
        if any(value is one for one in (pickle, pickle.load, pickle.loads, pickle.Unpickler))
    ]
    assert past == ["whoosh.util.loading.pickle"]  # for formats of former Whooshes: not read
