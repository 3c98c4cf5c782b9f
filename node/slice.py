"""Slice of a node: kit's, with the ports through which slices hear of one another (node.ports)."""

from collections.abc import Sequence

import kit.slice
from node.ports.dated import Dates
from node.ports.decidable import Decidable
from node.ports.explaining import Explaining
from node.ports.findable import Findable
from node.ports.holding import Holding
from node.ports.importable import Importable
from node.ports.noticed import Noticed
from node.ports.province import Affair
from node.ports.supplied import Supplied
from node.ports.today import Today
from node.ports.told import Telling


class Slice(kit.slice.Slice, frozen=True, kw_only=True):
    """`decidable`: what of its things is decided on; `findable`: what of them can be found; `importable`:
    what files can bring of them; `told`: what is said of them where staff talk; `noticed`: what it says of
    that of which it told people; `dated`: what of it stands in the calendar; `today`: what it has to say
    of a day of school on the front page; `explaining`: what of it explains that a child is not at school;
    `holding`: which contents of files it holds; `province`: what it has to do with the province; `supplied`: what of its things the province can send."""

    decidable: Sequence[Decidable] = ()
    findable: Sequence[Findable] = ()
    importable: Sequence[Importable] = ()
    told: Sequence[Telling] = ()
    noticed: Sequence[Noticed] = ()
    dated: Dates | None = None
    explaining: Explaining | None = None
    holding: Holding | None = None
    today: Today | None = None
    province: Sequence[Affair] = ()
    supplied: Sequence[Supplied] = ()
