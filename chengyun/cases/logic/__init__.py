"""Pure decisions about cases: no database, no clock, no files.

`worktime` counts time, `workflow` and `guards` say which verb may do what, `routing` who gets a case, `policy` what a clock
is started with, `catalogue` what kinds there are, `evidence` which files are taken.
"""
