"""All rules over one sheet."""

from kit.db import outside_units
from node.newsletters.proof import asked, dates, languages, named, order, sums
from node.newsletters.proof.reading import parts
from node.newsletters.proof.sheet import Doubt, ProofSheet

_OF_PART = (
    dates.weekdays,
    dates.old_years,
    dates.past,
    dates.closed,
    order.reversed_periods,
    named.audience,
    named.schools,
    sums.products,
    sums.amounts,
    sums.tables,
    sums.counted_days,
    asked.contacts,
    asked.promises,
    languages.lost_numbers,
)
MOST = 50  # doubts that are told of one letter


@outside_units
def doubts(sheet: ProofSheet) -> list[Doubt]:
    """What a careful colleague would ask about a letter, in the order in which it stands there; each
    place once a rule."""
    read = parts(sheet)
    found = [doubt for part in read for rule in _OF_PART for doubt in rule(part)]
    found += order.deadlines(read)
    order_of = {part.name: at for at, part in enumerate(read)}
    once = {(one.rule, one.part, one.start): one for one in reversed(found)}
    return sorted(once.values(), key=lambda one: (order_of[one.part], one.start, one.rule))[:MOST]
