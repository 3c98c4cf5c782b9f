"""A sheet with its dates and lines found once, for all rules."""

import functools

from kit.languages import korean
from node.newsletters.proof.dated import DateSpan, Mention, spans
from node.newsletters.proof.lines import TextLine, lines
from node.newsletters.proof.sheet import Doubt, ProofRule, ProofSheet

TITLE, BODY = "title", "body"
LONGEST_QUOTE = 80  # characters


class ProofPart:
    """The title or the body of a sheet, as rules look at it."""

    def __init__(self, name: str, text: str, sheet: ProofSheet) -> None:
        self.name = name
        self.text = text
        self.sheet = sheet

    @functools.cached_property
    def spans(self) -> list[DateSpan]:
        return spans(self.text, self.sheet.goes_out)

    @functools.cached_property
    def lines(self) -> list[TextLine]:
        return lines(self.text)

    @functools.cached_property
    def dated(self) -> list[tuple[TextLine, DateSpan]]:
        """Each date or period with its line."""
        found = []
        left = iter(self.lines)
        line = next(left, None)
        for span in self.spans:
            while line is not None and line.end < span.end:
                line = next(left, None)
            if line is not None and line.start <= span.start:
                found.append((line, span))
        return found

    def line_of(self, start: int) -> str:
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", start)
        return self.text[first : len(self.text) if last < 0 else last]

    def doubt(
        self,
        rule: ProofRule,
        start: int,
        end: int,
        text: str,
        mend: str | None = None,
        **params: str,
    ) -> Doubt:
        """What is doubted of a place. `mend`: what would stand there instead."""
        end = min(end, start + LONGEST_QUOTE) if mend is None else end
        quote = self.text[start:end]
        around = self.line_of(start).strip()
        return Doubt(rule, self.name, start, end, quote, text, params, mend, around)


def parts(sheet: ProofSheet) -> tuple[ProofPart, ProofPart]:
    """What is read, in the order of reading: of the body what is in Korean, with which it begins."""
    return ProofPart(TITLE, sheet.title, sheet), ProofPart(BODY, korean(sheet.body), sheet)


def said(mention: Mention | DateSpan, text: str) -> str:
    """A date as the letter says it."""
    return text[mention.start : mention.end]
