"""Files that a school brings join the server, above all that they may bring."""

from collections.abc import Sequence

from kit.slice import Kept
from node.ground import Ground
from node.imports import web
from node.imports.service import FileImports
from node.imports.supplied import supplied
from node.slice import Slice


def join(ground: Ground, slices: Sequence[Slice]) -> tuple[FileImports, Slice]:
    """`slices`: those below, which say what files may bring."""
    offered = [one for brings in slices for one in brings.importable]
    imports = FileImports(ground.db, ground.clock, ground.school.id, offered)
    return imports, Slice(
        package="node.imports",
        routes=(*web.ROUTES,),
        keep=(Kept(web.FILE_IMPORTS, imports),),
        supplied=tuple(one for of in offered if (one := supplied(of)) is not None),
    )
