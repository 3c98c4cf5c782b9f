"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.people.invitations.service import InvitationAct
from node.people.lists.columns import LABELS as LISTS
from node.people.lists.importing import ImportAct
from node.people.model import LABELS, PART_LABELS, ROLE_LABELS, PeopleAct
from node.people.office.roles import RoleAct

ACTS: dict[str, str] = {
    ImportAct.IMPORT: _("명단 반영"),
    InvitationAct.PRINT: _("초대장 인쇄"),
    InvitationAct.ACCEPT: _("초대장으로 가입"),
    RoleAct.ROLES: _("역할 변경"),
    RoleAct.DEPARTMENT: _("부서 변경"),
    RoleAct.CLOSE: _("퇴직·전출 처리"),
    RoleAct.LEAVE_STAFF: _("교직원에서 제외"),
    RoleAct.RESET: _("로그인 초기화"),
    RoleAct.WAIT: _("변경 승인 요청"),
    RoleAct.ACCEPT: _("변경 승인"),
    RoleAct.REFUSE: _("변경 거절"),
    PeopleAct.ADD: _("사람 추가"),
    PeopleAct.CHANGE: _("인적사항 변경"),
    PeopleAct.MOVE: _("학생 반 이동"),
    PeopleAct.LEAVE: _("전출"),
    PeopleAct.TIE: _("보호자 연결"),
    PeopleAct.UNTIE: _("보호자 연결 해제"),
    PeopleAct.CLASS: _("학급 변경"),
    PeopleAct.GROUP: _("모임 변경"),
    PeopleAct.YEAR: _("학년도 열기"),
    PeopleAct.ADMINISTRATOR: _("관리자 추가"),
}

_CAN = {"true": _("가능"), "false": _("불가")}
DETAILS: dict[str, Detail | None] = {
    "name": Detail(_("이름")),
    "kind": Detail(_("구분"), LABELS),
    "number": Detail(_("번호")),
    "student": Detail(_("학생"), is_id=True),
    "may_read": Detail(_("열람"), _CAN),
    "may_sign": Detail(_("서명"), _CAN),
    "homeroom": Detail(_("담임"), is_id=True),
    "person": Detail(_("구성원"), is_id=True),
    "member": Detail(_("처리"), {"true": _("모임에 추가"), "false": _("모임에서 제외")}),
    "part": Detail(_("항목"), PART_LABELS),
    "brought_by": Detail(_("요청한 사람")),
    "roles": Detail(_("역할"), ROLE_LABELS),
    "position": Detail(_("직위")),
    "was": Detail(_("이전")),
    "now": Detail(_("현재")),
    "letters": Detail(_("초대장"), counted=_("%(count)s장")),
    "left_out": Detail(_("반영하지 않은 줄"), counted=_("%(count)s줄")),
    **{kind: Detail(said, counted=_("%(count)s건")) for kind, said in LISTS.items()},
}
