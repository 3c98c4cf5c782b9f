"""The comparison of readers finds what is lost and what runs together."""

from collections import Counter
from itertools import islice
from pathlib import Path

from scripts.compare_readers import WRITTEN, Comparison, compare, compare_folder, made
from tests.models import documents


def test_lost_added_and_glued_words_are_told_apart() -> None:
    theirs = ["참가비는", "무료", "입니다", "준비물", "도시락"]
    ours = ["참가비는", "무료입니다", "준비물", "각주"]
    assert compare(ours, theirs) == (
        Counter(["무료", "입니다", "도시락"]),
        Counter(["무료입니다", "각주"]),
        1,
    )


def test_what_the_other_reader_glues_is_not_missing_in_ours() -> None:
    missing, extra, glued = compare(["가을", "운동회", "안내"], ["가을운동회", "안내"])
    assert (missing.total(), extra.total(), glued) == (0, 2, 0)


def test_every_word_of_documents_made_of_letters_is_found(tmp_path: Path) -> None:
    comparison = Comparison(lists_files=False)
    for content, written in islice(made(), 10):
        (tmp_path / "made").write_bytes(content)
        comparison.add(tmp_path / "made", WRITTEN, written)
    assert {key[0] for key in comparison.found} == {"hwp", "hwpx"}
    for row in comparison.found.values():
        assert row.words > 300
        assert (row.missing, row.extra, row.glued, row.failed) == (0, 0, 0, 0)


def test_files_of_a_folder_are_held_against_another_reader(tmp_path: Path) -> None:
    (tmp_path / "안내.hwpx").write_bytes(
        documents.hwpx(tmp_path, "급식 설문 안내", "응답해 주세요")
    )
    (tmp_path / "사진.png").write_bytes(documents.png())
    comparison = Comparison(lists_files=False)
    compare_folder(comparison, tmp_path)
    (row,) = comparison.found.values()
    assert (row.other, row.words, row.missing, row.extra) == ("python-hwpx", 10, 0, 0)
