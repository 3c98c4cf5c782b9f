"""What is said when a paper is refused: which rule, with its numbers."""

from kit.i18n import _
from kit.problem import Conflict, Problem


class NotStartable(Problem):
    code = "submission-not-startable"
    status = 403
    text = _("이 서류는 지금 시작할 수 없습니다. 학교에 문의해 주세요.")


class NotWritable(Conflict):
    code = "submission-not-writable"
    text = _("이미 제출했거나 처리된 서류라서 고칠 수 없습니다. 처리 상태를 확인해 주세요.")


class NotInState(Conflict):
    code = "submission-moved"
    text = _("그사이 처리 상태가 바뀌었습니다. 화면을 새로 고친 뒤 다시 확인해 주세요.")


class RefusalHolds(Conflict):
    """Any refusal wins, and one stands."""

    code = "submission-refusal-holds"
    text = _(
        "보호자 한 분이 거절하여 결재로 보낼 수 없습니다. 거절한 보호자가 동의로 바꾸면 결재가 다시 "
        "시작됩니다."
    )


class PeriodMissing(Problem):
    code = "submission-period-missing"
    status = 422
    field = "first_on"
    text = _("시작일과 종료일을 선택해 주세요.")


class PeriodBackwards(Problem):
    code = "submission-period-backwards"
    status = 422
    field = "last_on"
    text = _("종료일이 시작일보다 빠릅니다.")


class PeriodTooLong(Problem):
    code = "submission-period-too-long"
    status = 422
    field = "last_on"
    text = _("한 번에 %(most)s일까지만 신청할 수 있습니다.")


class PeriodAcrossYears(Problem):
    code = "submission-period-across-years"
    status = 422
    field = "last_on"
    text = _("기간이 두 학년도에 걸쳐 있습니다. 2월까지와 3월부터로 나누어 제출해 주세요.")


class NoSchoolDays(Problem):
    code = "submission-no-school-days"
    status = 422
    field = "first_on"
    text = _("%(first)s부터 %(last)s까지는 수업일이 없습니다. 서류를 제출하지 않아도 됩니다.")


class HalfOfMany(Problem):
    code = "submission-half-of-many"
    status = 422
    field = "half"
    text = _("반일은 하루일 때만 선택할 수 있습니다.")


class NoHalves(Problem):
    code = "submission-no-halves"
    status = 422
    field = "half"
    text = _("이 서류는 반일로 신청할 수 없습니다.")


class TooLate(Problem):
    """An application that comes too short before its first day."""

    code = "submission-too-late"
    status = 422
    field = "first_on"
    text = _(
        "시작일의 %(days)s일 전(수업일 기준)까지 제출해야 합니다. 오늘 제출하면 %(earliest)s부터 신청할 수 있습니다."
    )


class Overdue(Problem):
    """A report of an absence that comes too long after its last day."""

    code = "submission-overdue"
    status = 422
    field = "last_on"
    text = _(
        "종료일 뒤 %(days)s일 안(수업일 기준)에 제출해야 합니다. 기한은 %(until)s까지였습니다. 담임 선생님께 연락해 주세요."
    )


class AllowanceSpent(Problem):
    code = "submission-allowance-spent"
    status = 422
    field = "last_on"
    text = _(
        "한 학년도에 %(yearly)s일까지 신청할 수 있습니다. 이미 %(used)s일을 사용하여 %(left)s일이 남았는데 이번 신청은 %(asked)s일입니다."
    )


class MonthSpent(Problem):
    code = "submission-month-spent"
    status = 422
    field = "first_on"
    text = _(
        "한 달에 %(most)s일까지입니다. %(month)s월에 이미 %(used)s일을 사용했는데 이번 서류는 %(asked)s일입니다."
    )


class AnswerDaysSpent(Problem):
    """More days than the occasion has."""

    code = "submission-answer-days-spent"
    status = 422
    field = "last_on"
    text = _("‘%(answer)s’에는 %(days)s일까지입니다. 이번 서류는 %(asked)s일입니다.")


class RunTooLong(Problem):
    code = "submission-run-too-long"
    status = 422
    field = "last_on"
    text = _(
        "연속 %(longest)s일까지 신청할 수 있습니다. 앞뒤로 이어진 신청을 더하면 %(run)s일입니다."
    )


class Overlapping(Problem):
    code = "submission-overlapping"
    status = 422
    field = "first_on"
    text = _("같은 기간에 이미 제출한 서류(접수번호 %(number)s)가 있습니다. 날짜를 확인해 주세요.")


class BlockedDay(Problem):
    code = "submission-blocked-day"
    status = 422
    field = "first_on"
    text = _("신청할 수 없는 날이 포함되어 있습니다: %(day)s (%(title)s)")


class EvidenceMissing(Problem):
    code = "submission-evidence-missing"
    status = 422
    field = "files"
    text = _("첨부할 서류가 있습니다: %(label)s. 사진으로 찍어 올려도 됩니다.")


class TooManyAttached(Problem):
    code = "submission-too-many-files"
    status = 422
    field = "files"
    text = _("파일은 %(most)s개까지 첨부할 수 있습니다.")


class ChildMissing(Problem):
    code = "submission-child-missing"
    status = 422
    field = "student"
    text = _("자녀를 선택하거나 자녀 이름을 입력해 주세요.")


class WordMissing(Problem):
    code = "submission-word-missing"
    status = 422
    field = "word"
    text = _("보완할 내용이나 반려 사유를 입력해 주세요. 가정에 그대로 전달됩니다.")
