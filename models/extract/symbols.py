"""Signs of Microsoft's symbol fonts, which stand in documents as numbers of places in the font."""

# Wingdings as Unicode has them (its proposal L2/12-368): boxes to tick, arrows, bullets.
_WINGDINGS = {
    0x28: "☎",
    0x2A: "✉",
    0x6C: "●",
    0x6E: "■",
    0x6F: "□",
    0x71: "❑",
    0x72: "❒",
    0x75: "◆",
    0x76: "❖",
    0x9F: "•",
    0xA1: "○",
    0xA7: "▪",
    0xA8: "□",
    0xAB: "★",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xF0: "⇨",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_WINGDINGS |= {0x81 + step: chr(0x2460 + step) for step in range(10)}  # ① to ⑩
_WINGDINGS |= {0x8C + step: chr(0x2776 + step) for step in range(10)}  # ❶ to ❿
UNKNOWN = "•"


def symbol(font: str, place: str) -> str:
    """The character at a place (hexadecimal) of a font. Fonts of symbols have theirs from U+F000
    on; one that is not known is still seen."""
    try:
        number = int(place, 16) & 0xFFFF
    except ValueError:
        return UNKNOWN
    if font.lower() == "wingdings":
        return _WINGDINGS.get(number & 0xFF, UNKNOWN)
    return chr(number) if chr(number).isprintable() else UNKNOWN
