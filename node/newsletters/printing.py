"""A letter as the school prints it, which is Korean whoever prints it."""

from kit.i18n import Catalogue
from kit.pdf.document import Document, Line, Place, Rule, Size, Typed
from kit.web.dates import Dates
from node.newsletters.model import Sort
from node.newsletters.service import LetterReading

_KOREAN = Dates(Catalogue("ko", []))


def letter_on_paper(reading: LetterReading, school: str, telephone: str) -> Document:
    """A letter in its paper layout, for a PDF. `telephone`: the school's, where it names none."""
    letter = reading.letter
    title = reading.version.title or "(제목 없음)"
    number = f"제 {letter.year}-{letter.number}호" if letter.number else ""
    sender = " ".join(filter(None, (letter.department, letter.author_name)))
    phone = letter.telephone or telephone
    about = " · ".join(filter(None, (number, sender, f"☎ {phone}" if phone else "")))
    is_of_school = letter.kind == Sort.NEWSLETTER
    files = ", ".join(file.name for file in reading.attachments)
    return Document(
        title=title,
        author=school,
        foot=" · ".join(filter(None, (school, letter.sort_label, number))),
        blocks=(
            Line(f"{school} {letter.sort_label}", Place.CENTRE, Size.HEAD),
            Line(about, Place.CENTRE, Size.SMALL),
            Rule(),
            Line(title, Place.CENTRE, Size.TITLE),
            Typed(reading.version.body),
            Line(_KOREAN.day(letter.published_at), Place.CENTRE),
            Line(
                f"{school}장 (직인생략)" if is_of_school else letter.author_name,
                Place.CENTRE,
                Size.HEAD,
            ),
            *([Line(f"첨부 파일: {files}", size=Size.SMALL)] if files else []),
        ),
    )
