"""What people tell the doctor."""

from kit.db import Tx
from kit.finding import Finding, Level
from kit.i18n import _
from node.people.model import Role


def of_people(tx: Tx) -> list[Finding]:
    """Can somebody administer the school, and are its classes there?"""
    administrators = tx.value(
        "SELECT count(*) FROM people_v_role r"
        " JOIN signin_v_account a ON a.account_id = r.person_id WHERE r.role = ?",
        (Role.ADMINISTRATOR.value,),
    )
    if not administrators:
        return [
            Finding(
                Level.DANGER,
                _("로그인할 수 있는 관리자가 없습니다."),
                _("관리자를 만드세요: madang-node administrator 폴더"),
            )
        ]
    findings = []
    officer = "SELECT 1 FROM people_v_role WHERE role = ?"
    if not tx.value(officer, (Role.PRIVACY_OFFICER.value,)):
        findings.append(
            Finding(
                Level.WARNING,
                _("개인정보 보호책임자가 없습니다."),
                _("구성원 화면에서 교감이나 행정실장에게 ‘개인정보 보호책임자’ 역할을 주세요."),
            )
        )
    if not tx.value("SELECT count(*) FROM people_v_class"):
        findings.append(
            Finding(
                Level.WARNING,
                _("현재 학년도에 학급이 없습니다."),
                _("관리 화면의 ‘명단 올리기’에서 학급과 학생 명단을 올리세요."),
            )
        )
    homeless = tx.value("SELECT count(*) FROM people_v_class WHERE homeroom_id IS NULL")
    if homeless:
        findings.append(
            Finding(
                Level.WARNING,
                _("담임이 없는 학급이 %(count)s개 있습니다."),
                _("관리 화면의 ‘학급’에서 담임을 정하세요."),
                {"count": homeless},
            )
        )
    return findings
