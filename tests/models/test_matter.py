"""Whether two sentences speak of the same: whose word is said first rests on it."""

from models.matter import is_same_matter

SHAKEN = ("지진 대피", "복도나 급식실에 있으면 기둥이나 식탁 아래로 모여 낮게 앉습니다.")


def test_a_schools_own_word_is_of_the_matter_that_its_title_names() -> None:
    own = ("우리 학교 지진 대피로", "급식실에 있으면 뒷문으로 나가 운동장에 모입니다.")
    assert is_same_matter(own, SHAKEN)


def test_sentences_that_only_share_a_place_are_of_two_matters() -> None:
    own = ("점심시간 이용", "급식실에 있으면 식탁 아래로 식판을 내려놓지 않습니다.")
    assert not is_same_matter(own, SHAKEN)
