"""Makes Word documents part by part."""

from collections.abc import Mapping

from tests.models.documents import zipped

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_NAMES = (
    f'xmlns:r="{RELATIONSHIPS}"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*pieces: str) -> str:
    """A paragraph of pieces of markup."""
    return f"<w:p>{''.join(pieces)}</w:p>"


def said(*texts: str) -> str:
    """A paragraph a text."""
    return "".join(p(run(text)) for text in texts)


def cell(content: str, *settings: str) -> str:
    return f"<w:tc><w:tcPr>{''.join(settings)}</w:tcPr>{content}</w:tc>"


def row(*cells: str, settings: str = "") -> str:
    return f"<w:tr><w:trPr>{settings}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid>{''.join(rows)}</w:tbl>"


def box(content: str) -> str:
    """A text box as Word writes it: once for itself, once for older programs."""
    inner = f"<w:txbxContent>{content}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps">'
        f"<w:drawing><wps:txbx>{inner}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{inner}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def field(code: str, result: str) -> str:
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate")]
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    return f"{marks[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{marks[1]}{result}{end}"


def note(kind: str, number: int) -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def docx(
    body: str,
    parts: Mapping[str, str] = {},
    *,
    chunks: Mapping[str, str | bytes] = {},
    main: str = "word/document.xml",
    namespace: str = WORD,
) -> bytes:
    """A Word document. `parts`: what its main part refers to, by name (`footnotes`, `header1`):
    the markup within its root; `chunks` likewise: what was put in whole."""
    folder, _, name = main.rpartition("/")
    related = {f"{part}.xml": f"{folder}/{part}.xml".lstrip("/") for part in (*parts, *chunks)}
    written = {
        part: f'<w:root xmlns:w="{namespace}" {_NAMES}>{markup}</w:root>'
        for part, markup in parts.items()
    }
    types = f'<Override PartName="/{main}" ContentType="{MAIN}"/>'
    return zipped(
        {
            "[Content_Types].xml": f"<Types>{types}</Types>",
            "_rels/.rels": _relationships({f"/{main}": "officeDocument"}),
            f"{folder}/_rels/{name}.rels".lstrip("/"): _relationships(
                {target: target.removesuffix(".xml").rstrip("0123456789") for target in related}
            ),
            main: f'<w:document xmlns:w="{namespace}" {_NAMES}><w:body>{body}</w:body></w:document>',
        }
        | dict(zip(related.values(), [*written.values(), *chunks.values()], strict=True))
    )


def _relationships(targets: Mapping[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets.items(), 1)
    )
    return f"<Relationships>{listed}</Relationships>"
