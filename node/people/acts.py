"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.people.invitations.service import InvitationAct
from node.people.lists.importing import ImportAct
from node.people.model import PeopleAct
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
