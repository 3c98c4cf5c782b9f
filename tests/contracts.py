"""Import-linter contracts of our own: what a slice shows to others, and what a page may ask."""

from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ROOT = Path(__file__).parent.parent


class PublicFiles(Contract):
    """Modules outside a slice import its `public` files only, which lie in its folder itself: a room
    inside the slice is nobody else's. What lies in the rooms `for_all` is everybody's. Beyond that the `slice.py` of another one
    may import its `of_joins`, the `lists` of all slices import their `slice`, and what `besides` names
    (`node.backup -> node.messenger.synapse.homeserver`) is imported too: an arrow that is named there and
    that nobody takes breaks the contract as well."""

    containers = fields.ListField(subfield=fields.StringField())
    public = fields.ListField(subfield=fields.StringField())
    for_all = fields.ListField(subfield=fields.StringField())
    of_joins = fields.ListField(subfield=fields.StringField())
    lists = fields.ListField(subfield=fields.StringField())
    besides = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        containers: Any = self.containers
        besides: Any = self.besides
        reached = [
            arrow
            for container in containers
            for importer in sorted(graph.find_descendants(container))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if self._is_breach(container, importer, imported)
            for arrow in (f"{importer} -> {imported}",)
        ]
        return ContractCheck(
            kept=sorted(reached) == sorted(besides),
            metadata={
                "breaches": [arrow for arrow in reached if arrow not in besides],
                "unused": [arrow for arrow in besides if arrow not in reached],
            },
        )

    def _is_breach(self, container: str, importer: str, imported: str) -> bool:
        public: Any = self.public
        for_all: Any = self.for_all
        of_joins: Any = self.of_joins
        lists: Any = self.lists
        own, parts = importer.split("."), imported.split(".")
        if len(parts) < 3 or parts[0] != container or parts[1] == own[1]:
            return False
        if ".".join(parts[:2]) in for_all:
            return False
        if len(parts) > 3:
            return True
        may = parts[2] in public
        may |= own[2:] == ["slice"] and parts[2] in of_joins
        may |= importer in lists and parts[2] == "slice"
        return not may

    def render_broken_contract(self, check: ContractCheck) -> None:
        for arrow in check.metadata["breaches"]:
            importer, imported = arrow.split(" -> ")
            output.print_error(f"{importer} reaches into {imported}")
        for arrow in check.metadata["unused"]:
            output.print_error(f"nobody imports any more: {arrow}")


class PageFiles(Contract):
    """No file with routes imports a store (`store`, `signed_store`): it asks the service."""

    containers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        containers: Any = self.containers
        breaches = [
            (page, imported)
            for container in containers
            for page in sorted(filter(_has_routes, graph.find_descendants(container)))
            for imported in sorted(graph.find_modules_directly_imported_by(page))
            if imported.rpartition(".")[2].endswith("store")
        ]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for page, imported in check.metadata["breaches"]:
            output.print_error(f"{page} asks {imported}: ask the service")


def _has_routes(module: str) -> bool:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    return path.exists() and "RouteTableDef(" in path.read_text(encoding="utf-8")
