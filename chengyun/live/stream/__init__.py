"""The live stream, apart from the network: who sees what, the entries as frames, the latest values.

    sight.py      what one viewer may see, as a value that viewers with the same rights share
    frames.py     the bytes of server-sent events
    following.py  sealed entries after a number, told in both languages and with the rows they changed
    values.py     the latest values, and which of them are new since the last look

server/front puts them on the wire. Everything here that reads the database is called in a thread.
"""
