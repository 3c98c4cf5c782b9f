"""Scans of slips on paper, on their way: they come in parts like other files (`node.files.attaching`), lie with
form and child until the slip is entered, and then with its record.

    scan = await slips.coming(asker, form_id, student_id)       # what the page of the slip shows
    kept = take(tx, files, form_id, student_id, scan_id)        # in the unit that records the slip
"""

from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.problem import Forbidden, NotFound
from node.files.model import Attachment, Carrier, File
from node.files.service import Files
from node.forms import results, scan_store, store
from node.forms.model import ScanChanged
from node.forms.rights import may_handle, require_standing
from node.forms.store import StoredForm
from node.people.access import of_now
from node.people.model import Asker
from node.questions.model import Respondent

KIND = "slip-coming"
KEPT_FOR = 30 * DAY
"""How long a scan waits for its slip to be entered."""
AT_ONCE = 50


def target_of(form_id: str, student_id: str) -> str:
    """The thing that carries the scan of a child's slip."""
    return f"{form_id}.{student_id}"


def enterable(
    tx: Tx, enterer: Asker, form_id: str, student_id: str
) -> tuple[StoredForm, Respondent]:
    """A form and a child whose slip the asker may enter. Raises NotFound, Forbidden, FormWithdrawn."""
    form = store.form(tx, form_id)
    child = results.student_asked(tx, form_id, student_id)
    if form is None or child is None or not enterer.is_staff:
        raise NotFound()
    if not may_handle(enterer, form, child.group_id):
        raise Forbidden()
    require_standing(form)
    return form, child


def take(tx: Tx, files: Files, form_id: str, student_id: str, scan_id: str) -> File:
    """The scan that whoever enters a slip was shown; it lies with form and child no more. Raises ScanChanged."""
    target = target_of(form_id, student_id)
    carrier = Carrier(KIND, target)
    found = next((one for one in files.attached(tx, carrier) if one.id == scan_id), None)
    if found is None:
        raise ScanChanged()
    files.detach_all(tx, carrier)
    scan_store.forget(tx, target)
    return found.file


class Slips:
    """Forms, as what carries scans that come in parts: one for each child."""

    def __init__(self, db: Database, clock: Clock, files: Files) -> None:
        self._db = db
        self._clock = clock
        self._files = files

    def require_attachable(self, tx: Tx, asker: Asker, target: str) -> None:
        """Raises NotFound, Forbidden, FormWithdrawn."""
        form_id, _dot, student_id = target.partition(".")
        enterable(tx, asker, form_id, student_id)

    def attach_to(self, tx: Tx, asker: Asker, target: str, file: File) -> str:
        """It takes the place of one that was there. Raises as `require_attachable`."""
        self.require_attachable(tx, asker, target)
        carrier = Carrier(KIND, target)
        self._files.detach_all(tx, carrier)
        scan_store.put(tx, target, self._clock.now())
        return self._files.attach(tx, carrier, file)

    async def require(self, asker: Asker, form_id: str, student_id: str) -> None:
        """Before a byte is stored. Raises NotFound, Forbidden, FormWithdrawn."""
        target = target_of(form_id, student_id)
        await self._db.read(of_now(asker, lambda tx, now: self.require_attachable(tx, now, target)))

    async def attach(self, asker: Asker, form_id: str, student_id: str, file: File) -> None:
        """A whole file, of a browser that sends no parts. Raises as `require`."""
        target = target_of(form_id, student_id)
        await self._db.write(of_now(asker, lambda tx, now: self.attach_to(tx, now, target, file)))

    async def coming(self, asker: Asker, form_id: str, student_id: str) -> Attachment | None:
        """The scan that waits for its slip to be entered. Raises as `require`."""
        target = target_of(form_id, student_id)

        def unit(tx: Tx, now: Asker) -> Attachment | None:
            self.require_attachable(tx, now, target)
            return next(iter(self._files.attached(tx, Carrier(KIND, target))), None)

        return await self._db.read(of_now(asker, unit))

    async def remove(self, asker: Asker, form_id: str, student_id: str) -> None:
        """The wrong picture. Raises as `require`."""
        target = target_of(form_id, student_id)

        def unit(tx: Tx, now: Asker) -> None:
            self.require_attachable(tx, now, target)
            self._forget(tx, target)

        await self._db.write(of_now(asker, unit))
        await self._files.erase()

    async def expire(self) -> None:
        """Nightly, in portions: scans whose slips nobody entered."""
        before = self._clock.now() - KEPT_FOR

        def unit(tx: Tx) -> int:
            due = scan_store.older(tx, before, AT_ONCE)
            for target in due:
                self._forget(tx, target)
            return len(due)

        gone = 0
        while more := await self._db.write(unit):
            gone += more
        if gone:
            await self._files.erase()

    def _forget(self, tx: Tx, target: str) -> None:
        self._files.detach_all(tx, Carrier(KIND, target))
        scan_store.forget(tx, target)
