"""Who gets what of the calendar."""

ROUTES = ()

HOLDS_NOBODY = "what is on at the school, for whom: nobody by name"

FROM_AN_END = {
    "node.calendar.store.rules": "the entries of a school year",
    "node.calendar.store.struck": "the holidays of the days that are asked about",
}
