"""The environment in which templates are compiled: one for each language.

What a template says in one language is settled when it is compiled, not each time it is rendered: most
of a page's calls were for sentences that never change. All other globals stay what they are in every
template, so that no template needs to work out what it has of its own.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from kit.web.markup import Words

_CALL = ("name", "lparen", "string", "rparen")


class Sentences(Extension):
    """Writes `_('…')` without variables into the compiled template as the sentence that it is."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """`_('…')` → `('the sentence'|safe)`, which the compiler takes for a constant."""
        waiting: list[Token] = []
        before = ""
        for token in stream:
            waiting.append(token)
            if len(waiting) < len(_CALL):
                continue
            if before != "dot" and self._is_sentence(waiting):
                yield from self._said(waiting[2])
                before, waiting = "rparen", []
            else:
                before = waiting[0].type
                yield waiting.pop(0)
        yield from waiting

    @staticmethod
    def _is_sentence(tokens: list[Token]) -> bool:
        return tokens[0].value == "_" and tuple(one.type for one in tokens) == _CALL

    def _said(self, sentence: Token) -> Iterator[Token]:
        line, words = sentence.lineno, self.environment.globals["_"]
        assert isinstance(words, Words)
        yield Token(line, "lparen", "(")
        yield Token(line, "string", str(words(sentence.value)))
        yield Token(line, "pipe", "|")
        yield Token(line, "name", "safe")
        yield Token(line, "rparen", ")")


class Environment(jinja2.Environment):
    """Templates have no globals but the environment's."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own mapping: jinja's chain of two costs more on each import than what is
        imported."""
        return super().make_globals(d) if d else self.globals
