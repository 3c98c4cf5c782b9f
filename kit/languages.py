"""A text in several languages is one text: the Korean first, then a part for each other language.

A line of its own opens a part, `=== Tiếng Việt ===`, with the language's own name as it stands below. So
one text is decided on, corrected, signed and kept; what is Korean of it is the binding part.

    korean(body)                      # what stands before the first such line
    [one.language for one in parts(body)]
"""

import re
import unicodedata

import msgspec

from kit.i18n import _


class Language(msgspec.Struct, frozen=True):
    """`name`: as who speaks it calls it; `label`: in Korean (a msgid); `binding`: says in it that the
    Korean text is the binding one; `direction`: ltr or rtl."""

    code: str
    name: str
    label: str
    binding: str
    direction: str = "ltr"

    @property
    def mark(self) -> str:
        """The line that opens a part in it."""
        return f"=== {self.name} ==="


KOREAN = "ko"
OTHERS = (
    Language(
        "vi",
        "Tiếng Việt",
        _("베트남어"),
        "Bản dịch này chỉ để tham khảo. Bản tiếng Hàn là bản có giá trị chính thức.",
    ),
    Language("zh-CN", "中文", _("중국어"), "本译文仅供参考，以韩文原文为准。"),
    Language(
        "en",
        "English",
        _("영어"),
        "This translation is for your convenience. The Korean text is the binding one.",
    ),
    Language(
        "ru",
        "Русский",
        _("러시아어"),
        "Перевод дан для удобства. Официальным является текст на корейском языке.",
    ),
    Language(
        "uz",
        "Oʻzbekcha",
        _("우즈베크어"),
        "Bu tarjima maʼlumot uchun berilgan. Koreys tilidagi matn rasmiy hisoblanadi.",
    ),
    Language(
        "mn",
        "Монгол",
        _("몽골어"),
        "Энэ орчуулга лавлагааны зориулалттай. Солонгос хэл дээрх эх бичвэр хүчинтэй.",
    ),
    Language(
        "th",
        "ไทย",
        _("태국어"),
        "คำแปลนี้มีไว้เพื่อความสะดวกเท่านั้น ให้ถือข้อความภาษาเกาหลีเป็นหลัก",
    ),
    Language(
        "ja", "日本語", _("일본어"), "この翻訳は参考です。正式な内容は韓国語の本文によります。"
    ),
    Language(
        "fil",
        "Filipino",
        _("필리핀어"),
        "Ang saling ito ay para sa inyong kaalaman. Ang tekstong Koreano ang opisyal.",
    ),
    Language(
        "km",
        "ខ្មែរ",
        _("캄보디아어"),
        "ការបកប្រែនេះសម្រាប់ជាព័ត៌មានប៉ុណ្ណោះ។ អត្ថបទភាសាកូរ៉េជាអត្ថបទផ្លូវការ។",
    ),
    Language(
        "ar",
        "العربية",
        _("아랍어"),
        "هذه الترجمة للاسترشاد فقط، والنص الكوري هو النص المعتمد.",
        "rtl",
    ),
)
"""The languages that a part may be in."""

BY_CODE = {one.code: one for one in OTHERS}
_BY_NAME = {unicodedata.normalize("NFC", one.name).casefold(): one for one in OTHERS}
_MARK = re.compile(r"=== ?([^=\n]{1,40}?) ?===[ \t]*")


class LanguagePart(msgspec.Struct, frozen=True):
    """The lines of a text in one language, without the one that opens them; `language` None: Korean."""

    language: Language | None
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def title(self) -> str:
        """Its heading, where it begins with one."""
        first = next((line for line in self.lines if line.strip()), "")
        words = first.lstrip("#")
        return words.strip() if words != first and words.startswith(" ") else ""


def parts(text: str) -> list[LanguagePart]:
    """The parts in order, the Korean one first; it may be empty, and a language may come twice."""
    language: Language | None = None
    lines: list[str] = []
    found: list[LanguagePart] = []
    for line in text.split("\n"):
        opened = _opened(line)
        if opened is None:
            lines.append(line)
            continue
        found.append(LanguagePart(language, tuple(lines)))
        language, lines = opened, []
    return [*found, LanguagePart(language, tuple(lines))]


def korean(text: str) -> str:
    """The Korean part, with which the text begins."""
    return parts(text)[0].text


def in_language(text: str, language: Language) -> LanguagePart | None:
    """What of the text is in a language, None where nothing is."""
    lines = [one.lines for one in parts(text) if one.language == language]
    return LanguagePart(language, tuple(line for some in lines for line in some)) if lines else None


def languages_of(text: str) -> list[Language]:
    """The languages of the text besides Korean, each once."""
    return list(dict.fromkeys(one.language for one in parts(text) if one.language is not None))


def _opened(line: str) -> Language | None:
    """The language whose part a line opens."""
    found = _MARK.fullmatch(line) if line.startswith("===") else None
    return found and _BY_NAME.get(unicodedata.normalize("NFC", found[1]).casefold())
