"""An import-linter contract: from outside, a slice is known by its public files only."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PublicFiles(Contract):
    """Modules of one slice import another slice's `public` files only; `wiring` may import all."""

    containers = fields.ListField(subfield=fields.StringField())
    public = fields.ListField(subfield=fields.StringField())
    wiring = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        containers: Any = self.containers
        public: Any = self.public
        wiring: Any = self.wiring
        breaches = []
        for container in containers:
            for importer in sorted(graph.find_descendants(container)):
                if importer in wiring:
                    continue
                for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                    parts = imported.split(".")
                    if len(parts) < 3 or parts[0] != container:
                        continue
                    same_slice = importer.split(".")[1] == parts[1]
                    if not same_slice and parts[2] not in public:
                        breaches.append((importer, imported))
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["breaches"]:
            output.print_error(f"{importer} reaches into {imported}")
