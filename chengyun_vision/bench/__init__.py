"""How many cameras a machine carries, and what looking less costs in events.

clips.py     clips of twenty-second rounds, a fifth of each busy
carried.py   many cameras at once in the worker's own processes, paced as cameras send
found.py     the events of a clip, looked at as live, against those that decoding and detecting everything finds
figures.py   all of it, with its bars
accuracy.py  what is found in public clips against what people marked in them
command.py   chengyun vision bench
"""
