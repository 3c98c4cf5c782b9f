"""Who lost a right while their form was on its way changes nothing with it, whichever process took it.

Each verb is called as an officer who had the right when the request began; an administrator took it
from them between that and the unit that writes, maybe at another process of the same hub.
"""

from collections.abc import Awaitable, Callable

import pytest

from hub.app import Hub
from hub.broadcasts.model import NoticeContent, Target
from hub.knowledge.model import DocumentContent
from hub.officers.model import CONSOLE, Officer, OfficerDisabled, Role
from hub.releases.model import ReleaseAct
from hub.schools.model import NewInvitation, Ring
from kit.problem import Forbidden
from protocol.identity import SchoolKind
from tests.hub.conftest import HANBIT, SAESOL, Province

Verb = Callable[[Hub, Officer], Awaitable[object]]

INVITED = NewInvitation(school_id=SAESOL, name="새솔중학교", kind=SchoolKind.MIDDLE, days=14)
OFFICERS: dict[str, Verb] = {
    "write a notice": lambda h, o: h.drafts.save(o, None, NoticeContent(title="안내"), Target()),
    "invite a school": lambda h, o: h.invitations.invite(o, INVITED),
    "suspend a school": lambda h, o: h.standings.suspend(o, HANBIT, "점검"),
    "move a school": lambda h, o: h.standings.place(o, HANBIT, "수원", Ring.ALL),
    "add to the handbook": lambda h, o: h.knowledge.add(
        o, DocumentContent(title="돌봄", body="돌봄교실")
    ),
    "settle an alarm": lambda h, o: h.evidence.settle_machines(o, HANBIT),
    "note a model's file": lambda h, o: h.releases.note_file(o, ReleaseAct.UPLOAD, "a.gguf"),
    "offer a release to all": lambda h, o: h.releases.to_all(o, "model", 1),
    "stop a release": lambda h, o: h.releases.stop_offering(o, "model", 1, "오류"),
}
ADMINISTRATORS: dict[str, Verb] = {
    "add an officer": lambda h, o: h.officers.add(o, "someone", "최주무관", Role.ADMINISTRATOR),
    "make themselves an administrator": lambda h, o: h.officers.set_role(
        o, o.id, Role.ADMINISTRATOR
    ),
    "withdraw a release": lambda h, o: h.releases.withdraw(o, "model", 1, "오류"),
    "let a log begin anew": lambda h, o: h.evidence.restart_log(o, HANBIT),
}


async def acts(province: Province) -> int:
    """How many acts the audit log has."""
    return int(await province.hub.db.read(lambda tx: tx.value("SELECT count(*) FROM kit_audit")))


@pytest.mark.parametrize("verb", OFFICERS)
async def test_who_may_only_look_by_now_changes_nothing(province: Province, verb: str) -> None:
    await province.joined()
    sender = await province.officer(Role.OFFICER)
    await province.hub.officers.set_role(CONSOLE, sender.id, Role.VIEWER)
    before = await acts(province)
    with pytest.raises(Forbidden):
        await OFFICERS[verb](province.hub, sender)
    assert await acts(province) == before


@pytest.mark.parametrize("verb", ADMINISTRATORS)
async def test_whose_account_was_closed_administers_nothing(province: Province, verb: str) -> None:
    await province.joined()
    sender = await province.officer(Role.ADMINISTRATOR, "second")
    await province.hub.officers.disable(CONSOLE, sender.id)
    before = await acts(province)
    with pytest.raises(OfficerDisabled):
        await ADMINISTRATORS[verb](province.hub, sender)
    assert await acts(province) == before
