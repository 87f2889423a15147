"""Is the camera there, and does it see.

measures.py  numbers of one picture: brightness, sharpness, sameness, shift
states.py    from numbers to named states, each with hold times: pure
watch.py     one camera's health: `Health.look(frame)`, `Health.notice(notice)` -> dict for `Look.health`
"""
