"""The vectors of sentences, made before anybody asks: what they change is the wait, not the answer."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from models import library as of_library
from models import vectors
from models.ahead import Preparing, prepared
from models.index import build
from models.library import Library
from models.passages import Document, Rights
from models.release import ReleaseInfo, write
from models.vectors import Embedder, Matrix

NOW = 1_795_392_000_000
GUARDIAN = Rights(frozenset({"guardians"}))
QUESTION = "도서관은 몇 시까지 여나요?"
LIBRARY = "도서관은 평일 오전 9시부터 오후 5시까지 엽니다. 3권까지 7일 동안 빌립니다."
CARE = "돌봄교실은 2층 햇살방에서 오후 7시까지 운영합니다."


class Counting(Embedder):
    """The real embedder, and how many texts it was given."""

    given = 0

    def passages(self, texts: Sequence[str]) -> Matrix:
        Counting.given += len(texts)
        return super().passages(texts)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_library, "Embedder", Counting)
    Counting.given = 0


def letter(subject: str, title: str, text: str) -> Document:
    return Document(
        subject=subject, title=title, text=text, href="/", kind="", keys=("guardians",), at=NOW
    )


def school(folder: Path) -> Library:
    one = Library(folder, Embedder())
    one.change({"l": [letter("l", "도서관 이용", LIBRARY)], "c": [letter("c", "돌봄", CARE)]}, [])
    return one


def prepare(one: Library) -> int:
    """Make all that is to be made, two at a time; how many sentences."""
    made = 0
    while texts := one.without_vector_ahead(2):
        one.keep_vectors_ahead(texts, one.vectors_of(texts))
        made += len(texts)
    return made


def answer(one: Library) -> list[str]:
    return [cited.text for cited in one.answer(QUESTION, GUARDIAN, NOW)[1].sentences]


def test_what_was_prepared_answers_alike_and_without_another_look(tmp_path: Path) -> None:
    before = answer(school(tmp_path / "bare"))
    assert "오후 5시까지" in before[0]
    one = school(tmp_path / "prepared")
    assert (prepare(one), one.unprepared) == (3, 0)
    vectors._REMEMBERED._held.clear()
    Counting.given = 0
    assert answer(one) == before
    assert Counting.given == 0


def test_it_is_there_after_a_start_and_follows_what_changes(tmp_path: Path) -> None:
    prepare(school(tmp_path))
    again = Library(tmp_path, Embedder())
    assert prepare(again) == 0
    again.change({"l": [letter("l", "도서관 이용", LIBRARY.replace("5시", "6시"))]}, ["c"])
    assert prepare(again) == 1  # the sentence about borrowing is as it was
    assert "오후 6시까지" in answer(again)[0]


def test_what_is_no_more_goes_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = school(tmp_path)
    prepare(one)
    monkeypatch.setattr(of_library, "STALE", 0)
    one.change({}, ["c"])
    assert prepare(one) == 0
    assert (tmp_path / "sentences.ids").stat().st_size == 2 * 16
    assert "오후 5시까지" in answer(one)[0]


def test_a_file_cut_short_by_a_kill_costs_only_what_it_lost(tmp_path: Path) -> None:
    prepare(school(tmp_path))
    rows = tmp_path / "sentences.f16"
    with rows.open("r+b") as file:
        file.truncate(rows.stat().st_size - 100)
    again = Library(tmp_path, Embedder())
    assert prepare(again) == 1
    assert "오후 5시까지" in answer(again)[0]


def release(folder: Path, *, prepared_at_the_hub: bool) -> Path:
    """A handbook of the province that says when libraries are open."""
    folder.mkdir()
    build(folder, [letter("h", "도서관 이용", LIBRARY)], Embedder())
    if prepared_at_the_hub:
        preparing = Preparing(folder, Embedder())
        preparing.go_on(preparing.left)
    write(folder, ReleaseInfo(kind="knowledge", version="1", name="길잡이", created_at=NOW))
    return folder


def test_what_a_release_brings_is_compared_by_and_not_made_again(tmp_path: Path) -> None:
    one = Library(tmp_path / "own", Embedder())
    one.open_knowledge(release(tmp_path / "release", prepared_at_the_hub=True))
    vectors._REMEMBERED._held.clear()
    Counting.given = 0
    assert prepare(one) == 0
    assert "오후 5시까지" in answer(one)[0]
    assert Counting.given == 0
    one.change({"c": [letter("c", "돌봄", CARE)]}, [])
    assert prepare(one) == 1  # the school's own


def test_of_a_release_that_brings_none_the_school_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Library(tmp_path / "own", Embedder())
    one.open_knowledge(release(tmp_path / "old", prepared_at_the_hub=False))
    assert prepare(one) == 2
    monkeypatch.setattr(of_library, "STALE", 0)
    one.open_knowledge(release(tmp_path / "new", prepared_at_the_hub=True))
    assert prepare(one) == 0
    assert prepared(tmp_path / "own").row_of == {}  # they are held once
    assert "오후 5시까지" in answer(one)[0]
