"""Puts what was sent and refused back into the form it came from, and marks what is wrong with it.

It works on the finished page of any slice, so no form needs code of its own:

    sheet = read(html)
    form = sheet.form("/me", sent)
    form.fill(sent)
    found = form.mark({"phone": "전화번호를 확인해 주세요."}, icon)
    sheet.insert(form.begin, summary)
    html = sheet.html()

Passwords and files never come back; of hidden fields only a drawn signature and the version that
the page was opened with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple

from multidict import MultiMapping

from kit.seen import SEEN

_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
_UNTOUCHED = {"password", "file", "submit", "button", "image", "reset"}
_ASIDE = {"required", "hint", "option-hint"}  # within a label, but no part of the question


def plain(value: str) -> str:
    """Text as we keep it: a browser sends line ends as CR LF."""
    return value.replace("\r\n", "\n")


@dataclass(eq=False)
class Tag:
    """An element of the page. `start`, `end`: its start tag in the text; `close`: behind it."""

    name: str
    start: int
    end: int
    attributes: dict[str, str | None]
    around: "Tag | None"
    close: int = 0
    inner_end: int = 0
    text: str = ""
    changed: bool = False

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def has(self, name: str) -> bool:
        return name in self.attributes

    def set(self, name: str, value: str | None) -> None:
        self.attributes[name] = value
        self.changed = True

    def drop(self, name: str) -> None:
        if name in self.attributes:
            del self.attributes[name]
            self.changed = True

    def add(self, name: str, word: str) -> None:
        """Add a word to an attribute that holds several."""
        words = self.get(name).split()
        if word not in words:
            self.set(name, " ".join([*words, word]))

    def above(self) -> Iterator["Tag"]:
        """The elements around it, the nearest first."""
        around = self.around
        while around is not None:
            yield around
            around = around.around

    def markup(self) -> str:
        parts = [
            f" {name}" if value is None else f' {name}="{escape(value)}"'
            for name, value in self.attributes.items()
        ]
        return f"<{self.name}{''.join(parts)}>"


@dataclass(eq=False)
class Question:
    """What a person is asked: one control, or the options of one name in one box."""

    name: str
    kind: str  # text, long, select, choice, hidden
    controls: list[Tag]
    options: list[Tag] = field(default_factory=list)
    label: str = ""
    box: Tag | None = None

    @property
    def is_drawing(self) -> bool:
        return self.kind == "hidden" and self.name != SEEN

    def value(self) -> list[str]:
        """What stands there, as it would be sent."""
        control = self.controls[0]
        if self.kind == "choice":
            return [one.get("value") or "on" for one in self.controls if one.has("checked")]
        if self.kind == "select":
            chosen = [one for one in self.options if one.has("selected")] or self.options[:1]
            return [_option_value(one) for one in chosen]
        if self.kind == "long":
            return [plain(control.text).removeprefix("\n")]
        return [control.get("value")]

    def words(self, values: list[str], labels: Mapping[int, str]) -> str:
        """Values as the page words them."""
        if self.kind == "choice":
            chosen = [c for c in self.controls if (c.get("value") or "on") in values]
            return ", ".join(labels.get(c.start, "") or self.label for c in chosen)
        if self.kind == "select":
            return ", ".join(
                " ".join(one.text.split()) for one in self.options if _option_value(one) in values
            )
        return "\n".join(values)

    def anchor(self) -> Tag:
        """The element that a link to this question leads to."""
        if self.kind in ("choice", "hidden") and self.box is not None and self.box.get("id"):
            return self.box
        return self.controls[0]


def _option_value(option: Tag) -> str:
    return option.get("value") if option.has("value") else option.text.strip()


class Marked(NamedTuple):
    """A question with what is wrong with it; `id` is where a link leads."""

    id: str
    question: str
    text: str


@dataclass(eq=False)
class Form:
    """A form of the page with its questions in their order."""

    tag: Tag
    sheet: "Sheet"
    questions: list[Question]
    buttons: set[str]

    @property
    def begin(self) -> int:
        """Where the form's inside begins, in the page's text."""
        return self.tag.end

    @property
    def is_for_people(self) -> bool:
        """Whether somebody can write or choose something in it."""
        return any(question.kind != "hidden" for question in self.questions)

    def answers(self, sent: MultiMapping[str]) -> list[tuple[Question, list[str] | None]]:
        """Each question with what was sent for it; None where the sender's page did not ask it."""
        waiting = {name: list(map(plain, sent.getall(name))) for name in set(sent)}
        found: list[tuple[Question, list[str] | None]] = []
        for question in self.questions:
            queue = waiting.get(question.name, [])
            if question.kind == "choice":
                offered = {one.get("value") or "on" for one in question.controls}
                found.append((question, [value for value in queue if value in offered]))
            else:
                found.append((question, [queue.pop(0)] if queue else None))
        return found

    def without_place(self, sent: MultiMapping[str]) -> list[str]:
        """Text that was sent and has no control on this page."""
        known = {one.name for one in self.questions} | self.buttons | self.sheet.hidden_names
        counts: dict[str, int] = {}
        for one in self.questions:
            counts[one.name] = counts.get(one.name, 0) + 1
        left: list[str] = []
        for name in dict.fromkeys(sent):
            values = [plain(value) for value in sent.getall(name)]
            if name not in known:
                left += values
            elif any(one.name == name and one.kind in ("text", "long") for one in self.questions):
                left += values[counts[name] :]
        return [value for value in left if value.strip()]

    def fill(self, sent: MultiMapping[str], seen: str | None = None) -> None:
        """Show what was sent. `seen`: the version that the page shall carry instead of the sent
        one."""
        for question, values in self.answers(sent):
            if question.name == SEEN and question.kind == "hidden":
                values = [seen] if seen is not None else values
            if values is None or values == question.value():
                continue
            self._put(question, values)
            self._open(question.controls[0])

    def _put(self, question: Question, values: list[str]) -> None:
        if question.kind == "choice":
            for control in question.controls:
                if (control.get("value") or "on") in values:
                    control.set("checked", None)
                else:
                    control.drop("checked")
        elif question.kind == "select":
            for option in question.options:
                if _option_value(option) in values:
                    option.set("selected", None)
                else:
                    option.drop("selected")
        elif question.kind == "long":
            control = question.controls[0]
            # A browser drops the first line end behind the tag.
            self.sheet.replace(control.end, control.inner_end, "\n" + escape(values[0]))
        else:
            question.controls[0].set("value", values[0])

    @staticmethod
    def _open(tag: Tag) -> None:
        for around in tag.above():
            if around.name == "details" and not around.has("open"):
                around.set("open", None)

    def mark(self, wrong: Mapping[str, str], icon: str) -> list[Marked]:
        """Say at each question what is wrong with it; the first one gets the focus. The marked
        questions: those of `wrong` that this form asks."""
        found: list[Marked] = []
        done: set[str] = set()
        for question in self.questions:
            text = wrong.get(question.name)
            if text is None or question.name in done or question.name == SEEN:
                continue
            done.add(question.name)
            found.append(self._mark(question, text, icon, first=not found))
        for name in wrong.keys() - done:
            found += self._mark_part(f"field-{name}", wrong[name])
        return found

    def _mark_part(self, id: str, text: str) -> list[Marked]:
        """A part of the form that is no question of its own, such as all of a builder's rows."""
        for tag in self.sheet.tags:
            if tag.get("id") == id and self.tag in tag.above():
                self._open(tag)
                if tag.name == "details":
                    tag.set("open", None)
                return [Marked(id, "", text)]
        return []

    def _mark(self, question: Question, text: str, icon: str, *, first: bool) -> Marked:
        anchor = question.anchor()
        own = anchor.get("id")
        if not own:
            own = f"field-{question.name}"
            anchor.set("id", own)
        note = f"{own}-error"
        targets = [anchor] if anchor is question.box else [question.controls[0]]
        for target in targets:
            target.add("aria-describedby", note)
        for control in question.controls:
            if question.kind != "hidden":
                control.set("aria-invalid", "true")
        box = question.box or question.controls[0].around
        if box is not None and box is not self.tag:
            box.add("class", "field-wrong")
        if first:
            focus = question.controls[0] if question.kind != "hidden" else anchor
            focus.set("autofocus", None)
        self._open(question.controls[0])
        place = question.controls[0].close
        if question.box is not None:
            place = question.box.inner_end
        self.sheet.insert(place, f'<p class="error" id="{escape(note)}">{icon}{escape(text)}</p>')
        return Marked(own, question.label, text)


class Sheet:
    """A page's text with what is to change in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tags: list[Tag] = []
        self.labels: dict[str, str] = {}  # id of a control → its label
        self.option_labels: dict[int, str] = {}  # start of a box to tick → its label
        self.main: Tag | None = None
        self.hidden_names: set[str] = set()
        self._edits: list[tuple[int, int, str]] = []
        _Reader(self).read()

    def replace(self, start: int, end: int, text: str) -> None:
        self._edits.append((start, end, text))

    def insert(self, place: int, text: str) -> None:
        self._edits.append((place, place, text))

    def html(self) -> str:
        """The page with all changes."""
        edits = self._edits + [
            (tag.start, tag.end, tag.markup()) for tag in self.tags if tag.changed
        ]
        parts: list[str] = []
        at = 0
        for start, end, text in sorted(edits, key=lambda edit: (edit[0], edit[1])):
            parts += [self.text[at:start], text]
            at = max(at, end)
        parts.append(self.text[at:])
        return "".join(parts)

    def form(self, action: str, sent: MultiMapping[str], here: str = "") -> Form | None:
        """The form that sends to `action`; of several the one that looks most like what was sent.
        `here`: the page's own path, for a form without an action."""
        best: tuple[int, Tag] | None = None
        for tag in self.tags:
            goal = (tag.get("action") or here).split("?")[0]
            if tag.name != "form" or tag.get("method").lower() != "post" or goal != action:
                continue
            likeness = 0
            for control in self._controls(tag):
                name = control.get("name")
                if name in sent:
                    likeness += 1
                    if control.get("type") == "hidden" and control.get("value") in sent.getall(
                        name
                    ):
                        likeness += 10
            if best is None or likeness > best[0]:
                best = (likeness, tag)
        return None if best is None else self._read_form(best[1])

    def _controls(self, form: Tag) -> Iterator[Tag]:
        own = form.get("id")
        for tag in self.tags:
            if tag.name not in ("input", "select", "textarea", "button") or not tag.get("name"):
                continue
            owner = tag.get("form")
            if (owner and owner == own) or (not owner and form in tag.above()):
                yield tag

    def _read_form(self, form: Tag) -> Form:
        questions: list[Question] = []
        buttons: set[str] = set()
        choices: dict[tuple[str, int], Question] = {}
        for tag in self._controls(form):
            kind = tag.get("type").lower() if tag.name == "input" else tag.name
            name = tag.get("name")
            if kind in _UNTOUCHED:
                buttons.add(name)
            elif kind == "hidden":
                drawn = next((t for t in tag.above() if t.has("data-signature")), None)
                if drawn is not None or name == SEEN:
                    label = self._legend(drawn) if drawn is not None else ""
                    questions.append(Question(name, "hidden", [tag], label=label, box=drawn))
                else:
                    self.hidden_names.add(name)
            elif kind in ("checkbox", "radio"):
                box = next((t for t in tag.above() if t.name == "fieldset"), None)
                key = (name, box.start if box is not None else tag.start)
                if key in choices:
                    choices[key].controls.append(tag)
                    continue
                label = self._legend(box) if box is not None and _is_field(box) else ""
                label = label or self.option_labels.get(tag.start, "") or self._label(tag)
                question = Question(name, "choice", [tag], label=label, box=_box(tag))
                choices[key] = question
                questions.append(question)
            else:
                shape = {"textarea": "long", "select": "select"}.get(kind, "text")
                question = Question(name, shape, [tag], label=self._label(tag), box=_box(tag))
                if kind == "select":
                    question.options = [
                        one for one in self.tags if one.name == "option" and tag in one.above()
                    ]
                questions.append(question)
        return Form(form, self, questions, buttons)

    def _label(self, control: Tag) -> str:
        own = self.labels.get(control.get("id"), "") or control.get("aria-label")
        own = own or self.option_labels.get(control.start, "")
        group = next((t for t in control.above() if t.name == "fieldset"), None)
        legend = self._legend(group) if group is not None else ""
        return f"{legend}: {own}" if legend and own else own or legend

    def _legend(self, group: Tag) -> str:
        found = (t for t in self.tags if t.name == "legend" and t.around is group)
        return next((" ".join(legend.text.split()) for legend in found), "")


def _is_field(box: Tag) -> bool:
    return "field" in box.get("class").split()


def _box(control: Tag) -> Tag | None:
    """The nearest element that holds a question with its label, within the form."""
    for around in control.above():
        if around.name == "form":
            return None
        if around.name in ("div", "fieldset") and _is_field(around):
            return around
    return None


class _Reader(HTMLParser):
    """Fills a Sheet. Our templates close what they open; what they do not is closed by what is
    around it."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(convert_charrefs=True)
        self._sheet = sheet
        self._lines = [0]
        for line in sheet.text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._open: list[Tag] = []

    def read(self) -> None:
        self.feed(self._sheet.text)
        self.close()
        for tag in self._sheet.tags:
            tag.inner_end = tag.inner_end or tag.end
            tag.close = tag.close or tag.end

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._at()
        end = start + len(self.get_starttag_text() or "")
        tag = Tag(name, start, end, dict(attrs), self._open[-1] if self._open else None)
        self._sheet.tags.append(tag)
        if name not in _VOID:
            self._open.append(tag)
        if tag.get("id") == "main":
            self._sheet.main = tag

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attrs)
        if name not in _VOID:
            self._open.pop()

    def handle_endtag(self, name: str) -> None:
        if not any(tag.name == name for tag in self._open):
            return
        start = self._at()
        end = self._sheet.text.index(">", start) + 1
        while True:
            tag = self._open.pop()
            tag.inner_end, tag.close = start, end
            if tag.name == name:
                break
        if name == "label":
            self._labelled(tag)

    def _labelled(self, label: Tag) -> None:
        words = " ".join(label.text.split())
        if label.get("for"):
            self._sheet.labels[label.get("for")] = words
        for tag in reversed(self._sheet.tags):
            if tag.start < label.start:
                break
            if tag.name in ("input", "select", "textarea"):
                self._sheet.option_labels[tag.start] = words

    def handle_data(self, data: str) -> None:
        for tag in reversed(self._open):
            if _ASIDE & set(tag.get("class").split()):
                return
            if tag.name in ("label", "legend", "option", "textarea"):
                tag.text += data
                return


def read(html: str) -> Sheet:
    """A page, read to be changed."""
    return Sheet(html)
