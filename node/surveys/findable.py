"""What of surveys can be found, by those whom they ask and by staff: title, explanation and questions, never
an answer."""

from kit.db import Tx
from kit.i18n import _
from node.people.access import READABLE, readable_params
from node.ports.findable import Document, Findable, Moved
from node.surveys.model import SurveyPublished
from node.surveys.store import fields_of


def _documents(tx: Tx, survey_id: str) -> list[Document]:
    found = tx.row(
        "SELECT title, text, fields, closes_at, published_at FROM surveys_v_survey WHERE id = ?",
        (survey_id,),
    )
    if found is None:
        return []
    title, text, fields, closes_at, at = found
    asked = ["\n".join((one.label, one.help, *one.rows, *one.options)) for one in fields_of(fields)]
    return [
        Document(
            f"survey:{survey_id}",
            "survey",
            title,
            "",
            f"/surveys/{survey_id}",
            "\n".join((text, *asked)),
            at,
            _keys(tx, survey_id),
            valid_until=closes_at,
        )
    ]


def _keys(tx: Tx, survey_id: str) -> frozenset[str]:
    sql = "SELECT key FROM surveys_v_audience WHERE survey_id = ?"
    return frozenset(key for (key,) in tx.rows(sql, (survey_id,)))


FINDABLE = Findable(
    about="survey",
    kinds={"survey": _("설문")},
    documents=_documents,
    keys=_keys,
    moved_by={SurveyPublished: lambda _tx, event: Moved([event.survey_id])},
    readable="EXISTS (SELECT 1 FROM surveys_v_survey v WHERE v.id = {id}) AND EXISTS ("  # noqa: S608 - constants only
    "SELECT 1 FROM surveys_v_audience a WHERE a.survey_id = {id} AND " + READABLE + ")",
    params=readable_params,
)
