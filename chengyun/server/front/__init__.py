"""The process that holds the port: it answers the live stream itself and hands everything else on to the web server.

    app.py       starts and ends it, and says which request goes where
    proxy.py     hands a request on to gunicorn's socket, streaming both ways
    answers.py   the few answers of its own
    gate.py      who a session is, and what they may see by now
    hub.py       follows the seal and the latest values once for all viewers
    viewer.py    one stream: what waits to be written to it, and when it is too slow

One thread runs the loop; whatever asks the database runs in two threads beside it (docs/decisions/0015).
"""
