"""A letter is read before it is sent, as a careful colleague would: rules alone, no model, no database.

for doubt in doubts(sheet):
    print(doubt.quote, doubt.text % doubt.params, doubt.mend)
"""
