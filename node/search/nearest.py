"""What was meant by a word that no document has: one letter of a syllable typed otherwise.

    list(nearest("스쿨벵킹", exists))    # ["스쿨뱅킹"]

A syllable has two or three letters (자모). Each is tried otherwise, where the pairs that the index lacks
say that the mistake is; what documents have comes back, the likeliest slip first. So does a word typed with
the keyboard set to Latin letters (rmqtlr: 급식). A word costs a few hundred looks into the index at most,
each for one document.
"""

from collections.abc import Iterator

from node.search import said
from node.search.cutting import pairs
from node.search.question import Exists, Term, phrase

LONGEST = 10  # syllables of a word that is tried
MOST = 5  # words that come back
_FIRST, _LAST = 0xAC00, 0xD7A3
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
# Letters that sound alike, or lie side by side under one finger.
_ALIKE = tuple(
    frozenset(one)
    for one in [
        "ㅐㅔ",
        "ㅒㅖ",
        "ㅖㅔ",
        "ㅚㅙ",
        "ㅙㅞ",
        "ㅚㅞ",
        "ㅗㅛ",
        "ㅜㅠ",
        "ㅓㅕ",
        "ㅏㅑ",
        "ㅡㅜ",
        "ㅢㅣ",
        "ㄱㄲ",
        "ㄷㄸ",
        "ㅂㅃ",
        "ㅅㅆ",
        "ㅈㅉ",
        "ㄱㅋ",
        "ㄷㅌ",
        "ㅂㅍ",
        "ㅈㅊ",
        "ㅁㄴ",
        "ㄴㅇ",
        "ㅇㄹ",
        "ㅗㅓ",
        "ㅓㅏ",
        "ㅏㅣ",
        "ㅅㅈ",
    ]
)
# 두벌식: what a key writes.
_KEYS = dict(
    zip(
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        strict=True,
    )
)
_TOGETHER = {
    "ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ",
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ", "ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ",
}  # fmt: skip


def nearest(term: Term, exists: Exists) -> Iterator[str]:
    """Words that documents have instead of one that none has, the likeliest first."""
    stem = list(said.stems(term.word))[-1]
    if stem.isascii():
        hangul = typed_in_latin(stem)
        if len(hangul) > 1 and exists(phrase(hangul)):
            yield hangul
    else:
        yield from _otherwise(stem, exists)


def typed_in_latin(run: str) -> str:
    """What keys write when the keyboard is set to Hangul; "" when that is no word."""
    letters = [_KEYS.get(key) or _KEYS.get(key.lower(), "") for key in run]
    if not all(letters):
        return ""
    word = _composed(letters)
    return word if all(_FIRST <= ord(one) <= _LAST for one in word) else ""


def _otherwise(word: str, exists: Exists) -> list[str]:
    if not 2 <= len(word) <= LONGEST:
        return []
    if any(not _FIRST <= ord(one) <= _LAST for one in word):
        tried = _without_stray_letters(word)
    else:
        tried = _with_another_letter(word, exists)
    found = [(weight, one) for weight, one in tried if exists(phrase(one))]
    return [one for _weight, one in sorted(found)][:MOST]


def _without_stray_letters(word: str) -> list[tuple[int, str]]:
    """체험ㅎ학습 → 체험학습; a consonant alone may want its vowel, too."""
    stray = [at for at, one in enumerate(word) if not _FIRST <= ord(one) <= _LAST]
    left = "".join(one for at, one in enumerate(word) if at not in stray)
    tried = [(0, left)] if len(left) > 1 else []
    at = stray[0]
    if len(stray) == 1 and word[at] in _INITIALS:
        initial = _INITIALS.index(word[at])
        tried += [
            (1, word[:at] + _syllable(initial, vowel, 0) + word[at + 1 :])
            for vowel in range(len(_VOWELS))
        ]
    return tried


def _with_another_letter(word: str, exists: Exists) -> list[tuple[int, str]]:
    missing = [at for at, pair in enumerate(pairs(word)) if not exists(f'"{pair}"')]
    places = set(range(len(word)))
    for at in missing:
        places &= {at, at + 1}
    return [
        (weight, word[:at] + syllable + word[at + 1 :])
        for at in sorted(places)
        for weight, syllable in _near(word[at])
    ]


def _near(syllable: str) -> Iterator[tuple[int, str]]:
    """(weight, syllable) with one letter otherwise: the likelier a slip, the less."""
    initial, rest = divmod(ord(syllable) - _FIRST, len(_VOWELS) * len(_FINALS))
    vowel, final = divmod(rest, len(_FINALS))
    for other, letter in enumerate(_INITIALS):
        if other != initial:
            yield _weight(_INITIALS[initial], letter), _syllable(other, vowel, final)
    for other, letter in enumerate(_VOWELS):
        if other != vowel:
            yield _weight(_VOWELS[vowel], letter), _syllable(initial, other, final)
    for other, letter in enumerate(_FINALS):
        if other != final:
            yield _weight(_FINALS[final], letter), _syllable(initial, vowel, other)


def _weight(letter: str, other: str) -> int:
    if {letter, other} in _ALIKE:
        return 0
    return 1 if " " in (letter, other) else 2


def _syllable(initial: int, vowel: int, final: int) -> str:
    return chr(_FIRST + (initial * len(_VOWELS) + vowel) * len(_FINALS) + final)


def _composed(letters: list[str]) -> str:
    """Letters in a row as syllables; what makes none stays a letter."""
    found: list[str] = []
    at = 0
    while at < len(letters):
        initial, vowel = letters[at], "".join(letters[at + 1 : at + 2])
        if initial not in _INITIALS or vowel not in _VOWELS or not vowel:
            found.append(initial)
            at += 1
            continue
        at += 2
        if at < len(letters) and vowel + letters[at] in _TOGETHER:
            vowel = _TOGETHER[vowel + letters[at]]
            at += 1
        final = _final(letters[at : at + 3])
        at += len(final)
        joined = _TOGETHER.get(final, final) or " "
        found.append(
            _syllable(_INITIALS.index(initial), _VOWELS.index(vowel), _FINALS.index(joined))
        )
    return "".join(found)


def _final(following: list[str]) -> str:
    """The consonants of these that end the syllable: the last before a vowel begins the next one."""
    consonants = ""
    for letter in following:
        if letter in _VOWELS:
            return consonants[:-1]
        if _TOGETHER.get(consonants + letter, consonants + letter) not in _FINALS:
            break
        consonants += letter
    return consonants
