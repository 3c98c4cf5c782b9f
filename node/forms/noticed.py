"""What is said of forms of which staff and guardians were told, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx
from kit.i18n import _
from node.forms import compared, retracting_store, store
from node.forms.model import ConsentRetracted, FormSigned
from node.forms.rights import sees_results
from node.forms.store import StoredForm
from node.people.access import rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written

RETRACTED = "forms:retracted"
DISPUTED = "forms:disputed"
OVERRULED = "forms:overruled"

_SUBJECTS = {
    RETRACTED: _("[%(school)s] 동의 철회: %(title)s"),
    DISPUTED: _("[%(school)s] 보호자 의견이 다릅니다: %(title)s"),
    OVERRULED: _("[%(school)s] 회신이 거절로 처리됩니다: %(title)s"),
}
_BODIES = {
    RETRACTED: _(
        "보호자가 동의를 철회했습니다.\n\n%(title)s\n\n"
        "이 동의에 따라 하던 일을 중단하고, 아래 주소에서 중단 완료로 표시해 주세요. 로그인이 "
        "필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
    ),
    DISPUTED: _(
        "같은 자녀의 보호자 두 분이 서로 다르게 답했습니다.\n\n%(title)s\n\n"
        "아래 주소에서 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
        "이 메일은 발신 전용입니다."
    ),
    OVERRULED: _(
        "동의하셨지만 같은 자녀의 다른 보호자가 동의하지 않았습니다. 한 분이라도 거절하면 거절로 처리하는 회신서이므로 학교는 거절로 처리합니다.\n\n%(title)s\n\n아래 주소에서 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
    ),
}


def _asks(tx: Tx, notice: Notification) -> bool:
    """Until all has stopped; until the guardians agree. A refusal that holds asks for nothing."""
    if notice.kind == RETRACTED:
        return retracting_store.is_open(tx, notice.about)
    return notice.kind == DISPUTED and any(
        compared.is_disputed(tx, notice.about, child) for child in notice.through
    )


def _href(notice: Notification) -> str:
    if notice.kind == OVERRULED:
        return f"/forms/{notice.about}/children/{min(notice.through)}"
    page = f"/forms/{notice.about}/results"
    return page + ("#retractions" if notice.kind == RETRACTED else "?state=disputed")


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    """Lines of forms whose results the reader sees now, or of which they sign for the child."""
    forms = {form_id: store.form(tx, form_id) for form_id in {one.about for one in notices}}
    return {
        one.id: Said(form.title, _href(one), None, asks=_asks(tx, one))
        for one in notices
        if (form := forms[one.about]) is not None and _reaches(tx, asker, form, one)
    }


def _reaches(tx: Tx, asker: Asker, form: StoredForm, notice: Notification) -> bool:
    """Whether what a notice is about still concerns its reader."""
    if notice.kind != OVERRULED:
        return sees_results(asker, form)
    theirs = store.children_asked(tx, form.id, asker.id) & notice.through
    return any(asker.id in compared.overruled(tx, form.id, child) for child in theirs)


def by_mail(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """What a mail says, if the reader still sees the results and it still asks for something."""
    form = store.form(tx, notice.about)
    if form is None or not _reaches(tx, rights_now(tx, notice.person_id), form, notice):
        return WhyUnsent.NOT_ADDRESSED
    if notice.kind != OVERRULED and not _asks(tx, notice):
        return WhyUnsent.DONE
    subject, body = _SUBJECTS[notice.kind], _BODIES[notice.kind]
    return Written(subject, body, _href(notice), title=form.title)


def titles(tx: Tx, person_id: str, forms: Collection[str]) -> Mapping[str, str]:
    """Of the forms whose results somebody sees."""
    reader = rights_now(tx, person_id)
    found = [store.form(tx, form_id) for form_id in sorted(forms)]
    return {
        form.id: form.title for form in found if form is not None and sees_results(reader, form)
    }


FORMS_NOTICED = Noticed(
    kinds={
        RETRACTED: _("동의가 철회되었습니다"),
        DISPUTED: _("보호자 의견이 다릅니다"),
        OVERRULED: _("회신이 거절로 처리됩니다"),
    },
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(ConsentRetracted, FormSigned),
)
