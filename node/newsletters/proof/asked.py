"""What is doubted of what families are asked: nowhere to turn to, a promise that the form breaks."""

import re
from collections.abc import Iterator

from kit.i18n import _
from node.newsletters.proof.reading import BODY, ProofPart
from node.newsletters.proof.sheet import Doubt, ProofRule

_ASKS = re.compile(
    r"신청|제출|회신|접수|모집|문의|연락|전화|내\s?주(?:세요|십시오|시기)|보내\s?주(?:세요|십시오|시기)|답해\s?주"
)
_NUMBER = re.compile(r"(?<!\d)(?:0\d{1,2}[-)\s.]\s?\d{3,4}[-\s.]\d{4}|1[5-9]\d\d-\d{4})(?!\d)")
_BROKEN = re.compile(
    r"(?<!\d)0\d{1,2}-(?:\d{3,4}-(?:\d{5,}|\d{0,3}(?!\d))|\d{0,2}(?![\d])(?=\D|$)-?)"
)
_BLANK = re.compile(
    r"(?:☎|☏|📞)\s?[:：]?\s*(?=[)）|\n]|$)"
    r"|(?:문의\s?(?:전화|처|번호)?|연락처|전화\s?(?:번호)?)\s?[:：]\s*(?:[(（]\s*[)）])?\s*(?=\n|$)",
    re.MULTILINE,
)
_ANONYMOUS = re.compile(
    r"무기명|익명(?:으로(?!\s?하는 운동)|입니다|이며|이니|이므로|\s?(?:설문|조사|응답|처리|보장|투표|성을))"
    r"|(?:이름|성명|실명)(?:은|을|이)?\s?(?:적|쓰|밝히|묻|받|남기|드러나|기재하|기입하|작성하)지\s?않(?!은|는\s)"
    r"|누가\s?[^.\n]{0,8}?(?:응답|답|썼|적)[가-힣]*\s?[^.\n]{0,8}?(?:알\s?수\s?없|모르)"
)
_OF_ANSWERS = re.compile(r"설문|조사|응답|답|투표|결과|의견|평가|회신")
_FREE = re.compile(
    r"(?<![\d,])0원|무료|무상|없음|없습니다|전액\s?(?:을\s?)?(?:학교|교육청|교육지원청|국가|지원|무상|부담)[가-힣\s]{0,12}|받지 않|학교(?:가|에서)?\s?부담"
)
_COST = re.compile(
    r"비용|경비|참가비|수강료|재료비|입장료|체험비|이용료|교재비|회비|활동비|돈을|요금|무료(?:로|입니다|이며|이니|예요)"
)
_SHARED = re.compile(r"별도|제외|빼고|부담은|점심|간식|개인 부담|자부담|일부|대상 학생|가정은")
_PAID = re.compile(r"\d[\d,]*\s?(?:만\s?|천\s?)?원|납부|출금|입금|결제|스쿨뱅킹")
_BOTH = re.compile(
    r"(?:보호자|부모|학부모)(?:님)?\s?(?:두\s?분|두\s?사람|양쪽|모두)[가-힣]{0,3}\s?[^.\n]{0,8}(?:동의|서명)"
    r"|(?:두\s?보호자|부모\s?양쪽|양친)[가-힣]{0,2}\s?[^.\n]{0,8}(?:동의|서명)"
)


def contacts(part: ProofPart) -> Iterator[Doubt]:
    """Where families are asked for something: a number to call that is missing or cut off."""
    if not part.sheet.is_for_families or part.name != BODY:
        return
    for found in _BLANK.finditer(part.text):
        text = _("문의처가 비어 있습니다. 전화번호를 입력해 주세요.")
        yield part.doubt(ProofRule.CONTACT, found.start(), found.end(), text)
    for found in _BROKEN.finditer(part.text):
        text = _("전화번호가 끝까지 적혀 있지 않습니다.")
        yield part.doubt(ProofRule.CONTACT, found.start(), found.end(), text)
    asks = _ASKS.search(part.text)
    if part.sheet.telephone or part.sheet.is_class_notice or _NUMBER.search(part.text):
        return
    if asks is not None:
        text = _("문의할 전화번호가 없습니다. 편집 화면의 ‘문의 전화’에 입력해 주세요.")
        yield part.doubt(ProofRule.CONTACT, asks.start(), asks.end(), text)


def promises(part: ProofPart) -> Iterator[Doubt]:
    """What the letter promises and its form does not keep."""
    form = part.sheet.form
    if form is None:
        return
    for found in _ANONYMOUS.finditer(part.text):
        denied = re.match(r"[가-힣]{0,4}\s?(?:아니|아닙)", part.text[found.end() :])
        if denied or not _OF_ANSWERS.search(part.line_of(found.start())):
            continue
        text = _("회신서에는 학생과 보호자의 이름이 함께 남습니다.")
        yield part.doubt(ProofRule.PROMISE, found.start(), found.end(), text)
    if _PAID.search(form.words):
        for found in _FREE.finditer(part.text):
            line = part.line_of(found.start())
            if _COST.search(line) and not _SHARED.search(line):
                text = _("회신서에서는 돈을 내는지 묻습니다.")
                yield part.doubt(ProofRule.PROMISE, found.start(), found.end(), text)
    if not form.both_guardians:
        for found in _BOTH.finditer(part.text):
            text = _("회신서는 보호자 한 사람의 서명만 받습니다.")
            yield part.doubt(ProofRule.PROMISE, found.start(), found.end(), text)
