"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.meals.model import MealsAct

ACTS: dict[str, str] = {
    MealsAct.WRITE: _("급식 입력·수정"),
    MealsAct.IMPORT: _("급식 파일 반영"),
    MealsAct.ALLERGIES: _("알레르기 정보 등록"),
    MealsAct.WITHDRAW: _("알레르기 정보 동의 철회"),
}
