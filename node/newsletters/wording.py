"""What is typed into a letter: how long each part may be, and what must not be left out."""

from kit.typed import lines, one_line, whole
from node.newsletters.model import ReasonNeeded

LONGEST_TITLE = 200
LONGEST_BODY = 50_000
LONGEST_TELEPHONE = 40
LONGEST_REASON = 500


def title_and_body(title: str, body: str) -> tuple[str, str]:
    """A title and a text as they are kept. Raises TooLong."""
    text = whole("body", lines(body), LONGEST_BODY)
    return one_line("title", title, LONGEST_TITLE), text


def reason(text: str) -> str:
    """Why something is corrected, sent back or withdrawn. Raises ReasonNeeded, TooLong."""
    given = text.strip()
    if not given:
        raise ReasonNeeded()
    return whole("reason", given, LONGEST_REASON)


def telephone(text: str) -> str:
    """Raises TooLong."""
    return whole("telephone", text.strip(), LONGEST_TELEPHONE)
