"""Leases cameras from the server, one process a core, a budget that degrades openly.

command.py   chengyun vision work
parent.py    leases over HTTP, hands cameras to processes, tells the server how they are
child.py     one process: many cameras in one loop, models shared
camera.py    one camera of it: source, pipeline, evidence, words
budget.py    how much less to look when the process is late; pure
sight.py     seconds in which nobody looked; pure
told.py      events as words for the server, and those of a process that died; pure
clock.py     the district's time
spool.py     what is to be told, on disk until the server has taken it
sender.py    from the spool to the server's doors
platform.py  the server's doors
live.py      live pictures for whoever has a key
"""
