"""The words of contacts: whom to call for what, and who sees it."""

import enum
import re

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem

LONGEST_NAME = 60  # characters
LONGEST_TEXT = 200
MOST = 60
_TELEPHONE = re.compile(r"\+?[0-9][0-9 -]{1,18}[0-9]")


class Contact(msgspec.Struct, frozen=True):
    """One of them. `about`: for what; staff see all of them, families those that are theirs; `position`:
    where it stands in the list."""

    id: str
    name: str
    about: str
    telephone: str
    hours: str
    for_guardians: bool
    for_students: bool
    position: int

    @property
    def dialled(self) -> str:
        """As the telephone takes it."""
        return re.sub(r"[ -]", "", self.telephone)


class WrittenContact(msgspec.Struct, frozen=True):
    """What somebody wrote of one."""

    name: str
    about: str = ""
    telephone: str = ""
    hours: str = ""
    for_guardians: bool = False
    for_students: bool = False


def is_telephone(text: str) -> bool:
    """Whether one can call it: also numbers of three digits, such as 117."""
    return _TELEPHONE.fullmatch(text) is not None


class ContactsChanged(Event, frozen=True, tag="contacts.changed"):
    """One was written or removed."""

    contact_id: str


class ContactsAct(enum.StrEnum):
    """Acts for the audit log."""

    WRITE = "contacts:entry:write"
    REMOVE = "contacts:entry:remove"


class TooManyContacts(Problem):
    code = "too-many-contacts"
    status = 422
    text = _("연락처는 60개까지 적을 수 있습니다. 쓰지 않는 것을 먼저 삭제해 주세요.")
