"""A package of parts that refer to each other (Open Packaging Conventions, ECMA-376 part 2)."""

import posixpath
import zipfile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import msgspec

from models.extract.archive import content, parsed

DOCUMENT = "officeDocument"  # the kind of relationship by which a package names its main part


class Reference(msgspec.Struct, frozen=True):
    """Where a part refers to: `kind` is the end of the relationship's type, which is the same in
    transitional and strict documents."""

    id: str
    kind: str
    part: str


class Package:
    """Raises BadZipFile, KeyError, ParseError and ValueError, as the parts are."""

    def __init__(self, source: Path | BinaryIO) -> None:
        self._archive = zipfile.ZipFile(source)
        self.names = frozenset(self._archive.namelist())

    def close(self) -> None:
        self._archive.close()

    def read(self, part: str) -> bytes:
        return content(self._archive, part)

    def tree(self, part: str) -> Element:
        return parsed(self.read(part))

    def main(self, usual: str) -> str:
        """The main part; the usual name where the package names none."""
        named = (one.part for one in self.references("") if one.kind == DOCUMENT)
        return next((part for part in named if part in self.names), usual)

    def references(self, part: str) -> list[Reference]:
        """What a part ("" for the package) refers to within the package, in its order."""
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed not in self.names:
            return []
        return [
            Reference(
                one.get("Id", ""),
                one.get("Type", "").rsplit("/", 1)[-1],
                posixpath.normpath(
                    posixpath.join("/", folder, unquote(one.get("Target", "")))
                ).lstrip("/"),
            )
            for one in self.tree(listed)
            if one.get("TargetMode") != "External"
        ]
