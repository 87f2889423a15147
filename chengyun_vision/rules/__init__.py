"""What is worth an event: eight primitives over what was seen, each a small state machine without I/O, clock or chance.

spell.py       one thing that holds or does not: hold-on, hold-off, unseen time, one id from new to end
spots.py       things that stay where they are, a spell each
base.py        what all primitives share; order of looks, cadence, readings
occupancy.py density.py crossing.py dwell.py left.py area.py vote.py health.py    the eight
primitives.py  the eight by name
spec.py        a rule as data, checked
params.py      which numbers and words a rule takes, with their limits
schedule.py    times of day and days of the week, in the district's time zone
reading.py     small steps of reading files
preset.py      the shipped algorithms over the primitives, and files of rules
binding.py     whether a rule may look through a camera at all: legal basis, owner's terms
ruleset.py     the rules of one camera together
"""
