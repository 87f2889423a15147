"""Any recorded night again, on a console: what stood then, and what happened from there, from journal and observations.

    nights.py    which stretches can be shown            journal.py   the journal by moment and by subject
    following/   entries -> what they changed (pure)     standing.py  rows as of then
    values.py    readings as of then, and step by step   frames.py    a piece of the tape
    events.py    moments to jump to                      shapes.py    what all of it looks like

Nothing here writes, and nothing runs again: `chengyun replay` does that. A viewer sees what his own scope covers today.
"""
