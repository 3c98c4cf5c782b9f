"""Equations of Word (OMML, ECMA-376 part 1, 22.1) written on one line, as one would type them."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from models.extract.archive import local


def linear(equation: Element) -> str:
    """One half is 1/2, x squared is x^2: nothing of it may run together into another number."""
    name = local(equation)
    if name == "t":
        return equation.text or ""
    if name.endswith("Pr") or name in ("del", "moveFrom"):
        return ""
    return _FORMS.get(name, _whole)(equation)


def _whole(equation: Element) -> str:
    return "".join(map(linear, equation))


def _fraction(equation: Element) -> str:
    over, under = _one(equation, "num"), _one(equation, "den")
    if _setting(equation, "type") == "noBar":
        return f"({over} {under})"
    return f"{_grouped(over)}/{_grouped(under)}"


def _scripts(equation: Element) -> str:
    base, below, above = (_one(equation, name) for name in ("e", "sub", "sup"))
    return base + _script("_", below) + _script("^", above)


def _scripts_before(equation: Element) -> str:
    below, above = _one(equation, "sub"), _one(equation, "sup")
    return _script("_", below) + _script("^", above) + _one(equation, "e")


def _root(equation: Element) -> str:
    return f"{_one(equation, 'deg')}√({_one(equation, 'e')})"


def _large(equation: Element) -> str:
    """A sum, product or integral with its limits."""
    limits = _script("_", _one(equation, "sub")) + _script("^", _one(equation, "sup"))
    return f"{_setting(equation, 'chr', '∫')}{limits} {_one(equation, 'e')}"


def _fenced(equation: Element) -> str:
    inner = _setting(equation, "sepChr", "|").join(_all(equation, "e"))
    return f"{_setting(equation, 'begChr', '(')}{inner}{_setting(equation, 'endChr', ')')}"


def _function(equation: Element) -> str:
    return f"{_one(equation, 'fName')} {_one(equation, 'e')}"


def _limit(equation: Element) -> str:
    return _one(equation, "e") + _script("_", _one(equation, "lim"))


def _rows(equation: Element) -> str:
    return "; ".join(_all(equation, "e"))


def _matrix(equation: Element) -> str:
    rows = [" ".join(_all(row, "e")) for row in equation if local(row) == "mr"]
    return f"[{'; '.join(rows)}]"


_FORMS: dict[str, Callable[[Element], str]] = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts_before,
    "rad": _root,
    "nary": _large,
    "d": _fenced,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "eqArr": _rows,
    "m": _matrix,
}


def _all(equation: Element, name: str) -> list[str]:
    return [_whole(child) for child in equation if local(child) == name]


def _one(equation: Element, name: str) -> str:
    return "".join(_all(equation, name))


def _script(mark: str, text: str) -> str:
    return mark + _grouped(text) if text else ""


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"


def _setting(equation: Element, name: str, usual: str = "") -> str:
    """A character or kind set in the equation's properties; set to nothing is nothing."""
    for properties in equation:
        if local(properties).endswith("Pr"):
            for one in properties:
                if local(one) == name:
                    return next(
                        (value for key, value in one.items() if key.rsplit("}", 1)[-1] == "val"), ""
                    )
    return usual
