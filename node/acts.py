"""What the acts of the audit log are called on its page."""

from kit.audit import Act as AuditAct
from kit.i18n import _
from node.access_log.service import Act as AccessLogAct
from node.assistant.service import Act as AssistantAct
from node.drive.model import DriveAct
from node.federation.service import Act as FederationAct
from node.forms.model import Act as FormAct
from node.messenger.model import MessengerAct
from node.newsletters.model import NewsletterAct
from node.notify.service import Act as NotifyAct
from node.official.model import OfficialAct
from node.people.importing import Act as ImportAct
from node.people.invitations import Act as InvitationAct
from node.people.roles import Act as RoleAct
from node.people.service import Act as PeopleAct
from node.privacy.cases import CaseAct
from node.privacy.copies import CopyAct
from node.privacy.service import Act as PrivacyAct
from node.releases.model import ReleaseAct

ACTS: dict[str, str] = {
    DriveAct.SHARE: _("드라이브 공유"),
    DriveAct.UNSHARE: _("드라이브 공유 끝냄"),
    DriveAct.MOVE: _("드라이브에서 옮김"),
    DriveAct.ERASE: _("드라이브에서 완전히 지움"),
    DriveAct.HAND_OVER: _("드라이브 넘겨줌"),
    FormAct.PAPER: _("종이 회신 입력"),
    FormAct.EXPORT: _("회신 내려받음"),
    FormAct.DEADLINE: _("회신 마감 바꿈"),
    FormAct.TERMS: _("회신 조건 정함"),
    MessengerAct.LOCK: _("메신저 계정 잠금"),
    MessengerAct.UNLOCK: _("메신저 계정 잠금 풂"),
    MessengerAct.APP_PASSWORD: _("앱 암호 만듦"),
    MessengerAct.ALLOW: _("앱 로그인 허용"),
    MessengerAct.TAKE_BACK: _("메신저 말 거둠"),
    MessengerAct.ADD_GATEWAY: _("휴대전화 알림 서버 추가"),
    MessengerAct.REMOVE_GATEWAY: _("휴대전화 알림 서버 뺌"),
    NewsletterAct.PUBLISH: _("글 발행"),
    NewsletterAct.SUBMIT: _("결재 올림"),
    NewsletterAct.RECALL: _("결재 거둠"),
    NewsletterAct.SCHEDULE: _("예약 발행"),
    NewsletterAct.UNSCHEDULE: _("예약 취소"),
    NewsletterAct.CHANGE_DECIDED: _("결재된 글 바꿈"),
    NewsletterAct.APPROVE: _("결재 승인"),
    NewsletterAct.RETURN: _("결재 돌려보냄"),
    NewsletterAct.HOLD: _("발행 보류"),
    NewsletterAct.CORRECT: _("글 정정"),
    NewsletterAct.APPROVE_CORRECTION: _("정정 승인"),
    NewsletterAct.WITHDRAW: _("글 거둠"),
    NewsletterAct.DISCARD: _("글 버림"),
    NewsletterAct.RULES: _("전결 규정 바꿈"),
    OfficialAct.ACKNOWLEDGE: _("교육청 안내 확인"),
    OfficialAct.VETO: _("교육청 안내 발송 막음"),
    OfficialAct.DELAY: _("교육청 안내 발송 미룸"),
    OfficialAct.RELEASE: _("교육청 안내 발송"),
    OfficialAct.TURN: _("교육청 안내를 글로 옮김"),
    OfficialAct.ANSWER: _("교육청에 회신"),
    OfficialAct.SETTING: _("교육청 안내 설정 바꿈"),
    ReleaseAct.BACK: _("배포 되돌림"),
    ReleaseAct.RETRY: _("배포 다시 받음"),
    AccessLogAct.HEAD: _("접속기록 상태 남김"),
    AssistantAct.REPLY: _("도우미 질문에 답함"),
    FederationAct.JOIN: _("도교육청 가입"),
    FederationAct.ROTATE: _("학교 열쇠 교체"),
    NotifyAct.REMIND: _("다시 알림"),
    ImportAct.IMPORT: _("명단 반영"),
    InvitationAct.PRINT: _("초대장 인쇄"),
    InvitationAct.ACCEPT: _("초대장으로 가입"),
    RoleAct.ROLES: _("역할 바꿈"),
    RoleAct.DEPARTMENT: _("부서 바꿈"),
    RoleAct.CLOSE: _("떠남 처리"),
    RoleAct.RESET: _("로그인 초기화"),
    RoleAct.WAIT: _("변경 승인 요청"),
    RoleAct.ACCEPT: _("변경 승인"),
    RoleAct.REFUSE: _("변경 거절"),
    PeopleAct.ADD: _("사람 추가"),
    PeopleAct.CHANGE: _("인적사항 바꿈"),
    PeopleAct.MOVE: _("학생 반 옮김"),
    PeopleAct.LEAVE: _("전출"),
    PeopleAct.TIE: _("보호자 연결"),
    PeopleAct.UNTIE: _("보호자 연결 끊음"),
    PeopleAct.CLASS: _("학급 바꿈"),
    PeopleAct.GROUP: _("모임 바꿈"),
    PeopleAct.YEAR: _("학년도 열기"),
    PeopleAct.ADMINISTRATOR: _("관리자 만듦"),
    CaseAct.RECEIVE: _("개인정보 요구 받음"),
    CaseAct.EXTEND: _("개인정보 요구 기한 연장"),
    CaseAct.FULFIL: _("개인정보 요구 처리"),
    CaseAct.REFUSE: _("개인정보 요구 거절"),
    CaseAct.RELEASE: _("개인정보 사본 내줌"),
    CopyAct.MAKE: _("개인정보 사본 만듦"),
    CopyAct.FETCH: _("개인정보 사본 내려받음"),
    PrivacyAct.REVIEW: _("접속기록 점검"),
    AuditAct.BEGIN: _("활동 기록을 사슬로 잇기 시작"),
}
