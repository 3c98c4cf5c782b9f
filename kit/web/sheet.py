"""The rules of the stylesheet that a page uses: what somebody's first page brings within itself.

sheet = Sheet(text)
sheet.of_page(html)         a Brought: the rules that may apply to what stands in this page

Whoever shows something else later, a script say, finds the whole sheet there by then (js/madang.js).
Reads stylesheets as we write them: no brace in a string, no rule within a rule.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Iterator

import msgspec

_GROUPS = ("@media", "@supports")
_CLASSES = re.compile(r'\sclass="([^"]*)"')
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
BY_SCRIPT = frozenset(("js",))
"""Classes that a page has as soon as its script has come."""


class Brought(msgspec.Struct, frozen=True):
    """The sheet within a page. `hash`: as a Content-Security-Policy names it."""

    text: str
    hash: str


class _Rule(msgspec.Struct, frozen=True):
    """A rule, or a group of rules after `head`. `needs`: the classes that one of its selectors needs,
    for each of them."""

    text: str
    needs: tuple[frozenset[str], ...] = ()
    head: str = ""
    within: "tuple[_Rule, ...]" = ()


class Sheet:
    """A stylesheet, taken apart."""

    def __init__(self, text: str) -> None:
        self._rules = tuple(_rules(text))
        self._of_classes = functools.lru_cache(maxsize=256)(self._brought)

    def of_page(self, html: str) -> Brought:
        """The rules for the classes of a page, and all that need none."""
        found = {name for one in _CLASSES.findall(html) for name in one.split()}
        return self._of_classes(BY_SCRIPT.union(found))

    def _brought(self, classes: frozenset[str]) -> Brought:
        text = _written(self._rules, classes)
        digest = hashlib.sha256(text.encode()).digest()
        return Brought(text, f"sha256-{base64.b64encode(digest).decode()}")


def _written(rules: tuple[_Rule, ...], classes: frozenset[str]) -> str:
    parts = []
    for rule in rules:
        if rule.head:
            within = _written(rule.within, classes)
            parts.append(f"{rule.head}{{{within}}}\n" if within else "")
        elif not rule.needs or any(need <= classes for need in rule.needs):
            parts.append(rule.text)
    return "".join(parts)


def _rules(text: str) -> Iterator[_Rule]:
    at = 0
    while (begin := text.find("{", at)) >= 0:
        end = _end(text, begin)
        head, body = text[at:begin].strip(), text[begin + 1 : end - 1]
        if head.startswith(_GROUPS):
            yield _Rule("", head=head, within=tuple(_rules(body)))
        elif head.startswith("@"):
            yield _Rule(text[at:end])
        else:
            yield _Rule(text[at:end], needs=_needs(head))
        at = end


def _end(text: str, begin: int) -> int:
    """Behind the brace that closes the one at `begin`."""
    depth = 0
    for found in re.compile(r"[{}]").finditer(text, begin):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.end()
    raise ValueError("a brace of the stylesheet is not closed")


def _needs(selectors: str) -> tuple[frozenset[str], ...]:
    """Of what stands in brackets, `:not(.x)` or `:has(.x)`, nothing is needed."""
    while (shorter := _IN_BRACKETS.sub("", selectors)) != selectors:
        selectors = shorter
    return tuple(frozenset(_CLASS.findall(one)) for one in selectors.split(","))
