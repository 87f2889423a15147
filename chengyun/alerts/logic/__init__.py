"""Judging, as pure functions and small state machines: no Django, no I/O, no clock.

``spec``      what a rule may say, and why a rule is refused
``ladder``    levels with hysteresis, ``for`` and keep-firing: the one state machine every rule uses
``cells``     what is measured: a value, a rate, a count, silence; ``area_cells``: a total, k of n
``binding``   which datastreams a rule judges, for which subjects
``engine``    a rule set compiled to an index from datastream to cells
``trial``     what a rule would have done on a stretch of observations
``lifecycle`` the states of an alert after ISA-18.2
``grouping``  one cause, one incident; who inhibits whom
``flood``     alarms per operator and ten minutes, chattering, stale
"""
