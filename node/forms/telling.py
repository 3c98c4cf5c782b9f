"""Who is told of answers: of a consent that was taken back, of guardians who disagree, of a refusal that holds."""

from collections.abc import Mapping

from kit.db import Tx
from kit.event import Event
from kit.outbox import Handler
from node.forms import compared, store, telling_store
from node.forms.model import ConsentRetracted, FormSigned
from node.forms.noticed import DISPUTED, OVERRULED, RETRACTED
from node.notices.model import Topic, Urgency
from node.notices.service import Notices


def hears(notices: Notices) -> Mapping[type[Event], Handler]:
    """Its own events."""

    def retracted(tx: Tx, event: ConsentRetracted) -> None:
        """The author and the homeroom teacher are told."""
        people = telling_store.concerned_staff(tx, event.form_id, event.student_id)
        what = Topic(RETRACTED, event.form_id)
        notices.tell(tx, dict.fromkeys(people, ("",)), what, Urgency.USUAL)

    def signed(tx: Tx, event: FormSigned) -> None:
        """So they are, and the office, once a child's guardians disagree; and whoever of these consented,
        where the refusal of any holds. Of a form for chosen families alone the office knows nothing."""
        if not telling_store.several_signed(tx, event.form_id, event.student_id):
            return
        if compared.is_disputed(tx, event.form_id, event.student_id):
            concerned = telling_store.concerned_staff(tx, event.form_id, event.student_id)
            form = store.form(tx, event.form_id)
            is_confidential = form is not None and bool(form.is_confidential)
            office = set() if is_confidential else telling_store.office(tx)
            told = dict.fromkeys((*concerned, *office), (event.student_id,))
            notices.take_back(tx, told, (DISPUTED,), event.form_id)
            notices.tell(tx, told, Topic(DISPUTED, event.form_id), Urgency.USUAL)
            overruled = compared.overruled(tx, event.form_id, event.student_id)
            to = dict.fromkeys(overruled - {event.guardian_id}, (event.student_id,))
            notices.take_back(tx, to, (OVERRULED,), event.form_id)
            notices.tell(tx, to, Topic(OVERRULED, event.form_id), Urgency.USUAL)

    return {ConsentRetracted: retracted, FormSigned: signed}
