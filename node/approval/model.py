"""The words of approval (결재), and the rule of who decides alone (전결)."""

import enum
from collections.abc import Set

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict
from node.people.audience import audience_of
from node.people.model import Asker, Audience, Kind, Role, Scope


class Rules(msgspec.Struct, frozen=True):
    """Who may decide alone (전결): a school's setting, since 위임전결규정 differ between schools."""

    own_class_at_once: bool = True
    own_group_at_once: bool = True
    grade_by_head: bool = False
    school_by_head: bool = False


def may_decide(asker: Asker, keys: Set[str], rules: Rules) -> bool:
    """Whether the asker may send to these audience keys without another's approval.

    Approvers (교감, 교장) always may; a homeroom teacher to the own class and to children of it; a member of staff to a
    group or department they belong to; heads as far as the school's rules let them.
    """
    if asker.is_approver:
        return True
    if not asker.is_staff or not keys:
        return False
    held = set(msgspec.json.decode(asker.keys, type=list[str]))
    return all(_decides(asker, audience_of(key), held, rules) for key in keys)


def _decides(asker: Asker, to: Audience | None, held: set[str], rules: Rules) -> bool:
    is_head = Role.HEAD in asker.roles
    match to:
        case Audience(scope=Scope.CLASS):
            return rules.own_class_at_once and to.of in asker.classes
        case Audience(scope=Scope.CHILD):
            return rules.own_class_at_once and to.of in asker.pupils
        case Audience(scope=Scope.GROUP):
            own = Audience(Kind.STAFF, Scope.GROUP, to.of).key
            return rules.own_group_at_once and own in held
        case Audience(scope=Scope.DEPARTMENT):
            return rules.own_group_at_once and to.key in held
        case Audience(scope=Scope.GRADE):
            return rules.grade_by_head and is_head
        case Audience(scope=Scope.SCHOOL | Scope.ROLE):
            return rules.school_by_head and is_head
        case _:
            return False


class Matter(msgspec.Struct, frozen=True):
    """What is decided on: a word of its owner's for what it is, and the owner's id."""

    kind: str
    id: str


class WaitingMatter(msgspec.Struct, frozen=True):
    """A matter that waits for who decides. `asked_at` in ms."""

    id: str
    title: str
    author_name: str
    asked_at: int


class ReturnedMatter(msgspec.Struct, frozen=True):
    """A matter that was sent back to its author. `returned_at` in ms."""

    id: str
    reason: str
    returned_at: int
    by_name: str


class MatterMoved(Event, frozen=True, tag="approval.matter_moved"):
    """A matter waits for another than before, or for nobody any more: `holder_id` of whom it waits for
    now, "" of nobody."""

    kind: str
    id: str
    holder_id: str


class SeatsChanged(Event, frozen=True, tag="approval.seats_changed"):
    """The table of duties or an absence changed, or a day began: what waits is routed anew."""


class ApprovalAct(enum.StrEnum):
    """Acts for the audit log, which keeps the first one's name of the time when only newsletters
    asked."""

    RULES = "newsletters:rules:change"
    LINE = "approval:line:change"
    DUTY = "approval:duties:change"
    UNDO = "approval:duties:undo"
    ABSENCE = "approval:absence:enter"
    PRESENT = "approval:absence:end"
    ENTRUST = "approval:matter:entrust"


class NotAsked(Conflict):
    """A decision on what does not wait for one."""

    code = "approval-not-asked"
    text = _("이미 처리되었거나 회수한 결재입니다. 화면을 새로 고친 뒤 다시 확인해 주세요.")
