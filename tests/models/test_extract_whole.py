"""Of whatever document every word is read, once, and none runs into another."""

from collections import Counter
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import documents, word

SYLLABLES = "가나다라마바사아자차카타파하"


class Words:
    """Words that are all different, so that a lost, doubled or glued one is seen."""

    def __init__(self) -> None:
        self._numbers = count()
        self.used: list[str] = []

    def __call__(self) -> str:
        number = next(self._numbers)
        text = "".join(SYLLABLES[number // 14**place % 14] for place in (2, 1, 0)) + "말"
        self.used.append(text)
        return text


# A document's shape: what kind of thing stands where. Words are put in when it is written.
INLINE = st.sampled_from(["plain", "bold", "link", "inserted", "deleted", "break", "note", "boxed"])
PARAGRAPH = st.tuples(st.just("p"), st.lists(INLINE, min_size=1, max_size=6))
BLOCKS = st.recursive(
    PARAGRAPH,
    lambda inner: st.one_of(
        st.tuples(
            st.just("table"),
            st.lists(
                st.lists(st.lists(inner, min_size=1, max_size=2), min_size=1, max_size=3),
                min_size=1,
                max_size=3,
            ),
        ),
        st.tuples(st.just("wrapper"), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=12,
)
BODY = st.lists(BLOCKS, min_size=1, max_size=5)
