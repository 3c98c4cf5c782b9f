"""Acts of the audit log as its pages tell them: what was done, to what, and the details, in words.

A slice names its acts and says how their details are read (`Slice.acts`, `Slice.details`). Ids, hashes
and keys are for programs: an id is told by the name of what it is of, all else is left out. Names stay as
they are in every language, though a message of ours may read the same. Days are kept in ISO; pages write
them with the filter `date_said`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from kit.audit import Act, AuditEntry
from kit.db import decode
from kit.detail import SUBJECT, Detail
from kit.i18n import _
from kit.slice import Slice
from kit.web.dates import ISO
from kit.web.markup import AsWritten

_FOR_PROGRAMS = re.compile(r"(\w+:)?[0-9a-f]{16,}|\$\S+|[a-z]+/\d+")

_NOBODY = {
    "madang": _("자동 처리"),
    "madang-node": _("서버 프로그램"),
    "madang-hub": _("서버 프로그램"),
}
"""What pages call an actor that is no person, by the name under which the log keeps it."""


class Told(msgspec.Struct, frozen=True):
    """One detail on a page. `label`: a msgid; `texts`: msgids, or AsWritten; `at`: a moment (ms)."""

    label: str
    texts: tuple[str, ...] = ()
    count: int | None = None
    at: int | None = None


class Acts:
    """The acts of a server's slices, and of the log itself. `labels`: by act a msgid."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        own = {Act.BEGIN: _("기록 위·변조 방지 시작")}
        self.labels = {act: said for one in slices for act, said in one.acts.items()} | own
        self._details = {act: one.details for one in slices for act in one.acts}

    def actor(self, entry: AuditEntry) -> str:
        """Who did it: a msgid where it was a program or a command, else a name."""
        return _NOBODY.get(entry.actor_name) or AsWritten(entry.actor_name)

    def label(self, entry: AuditEntry) -> str:
        """A msgid."""
        return self.labels.get(entry.action, entry.action)

    def ids(self, entries: Sequence[AuditEntry]) -> list[str]:
        """Of what the acts may have been done to, and what their details name."""
        named = {one.subject for one in entries}
        for entry in entries:
            named.update(str(it) for how, it in self._known(entry) if how.is_id)
        return sorted(named)

    def subject(self, entry: AuditEntry, names: Mapping[str, str]) -> str:
        """What an act was done to: its name, a msgid, or nothing where it has none. `names`: of ids."""
        if entry.subject in names:
            return AsWritten(names[entry.subject])
        how = self._details.get(entry.action, {}).get(SUBJECT)
        if how is not None and entry.subject in how.words:
            return how.words[entry.subject]
        if _parts(how, entry.subject):
            return ""
        return "" if _FOR_PROGRAMS.fullmatch(entry.subject) else AsWritten(entry.subject)

    def told(self, entry: AuditEntry, names: Mapping[str, str]) -> list[Told]:
        """The details that have something to say."""
        found = (_told(how, it, names) for how, it in self._known(entry))
        return [one for one in found if one is not None]

    def _known(self, entry: AuditEntry) -> Iterator[tuple[Detail, object]]:
        details = self._details.get(entry.action, {})
        given = _parts(details.get(SUBJECT), entry.subject) | decode(
            entry.detail, dict[str, object]
        )
        for name, it in given.items():
            how = details.get(name)
            if how is not None and it not in ("", None, []):
                yield how, it


def _parts(how: Detail | None, subject: str) -> dict[str, object]:
    """What the parts of a subject tell, where it has as many as its slice says."""
    texts = subject.split("/")
    if how is None or len(how.parts) != len(texts):
        return {}
    return dict(zip(how.parts, texts, strict=True))


def _told(how: Detail, it: object, names: Mapping[str, str]) -> Told | None:
    if how.counted and isinstance(it, int):
        return Told(how.label, (how.counted,), count=it)
    if how.is_moment and isinstance(it, int):
        return Told(how.label, at=it)
    if how.is_id:
        return Told(how.label, (AsWritten(names[str(it)]),)) if str(it) in names else None
    if how.is_day and not ISO.fullmatch(str(it)):
        return None
    each = [str(one).lower() if isinstance(one, bool) else str(one) for one in _each(it)]
    return Told(how.label, tuple(how.words.get(one) or AsWritten(one) for one in each))


def _each(it: object) -> Sequence[object]:
    return it if isinstance(it, list) else (it,)
