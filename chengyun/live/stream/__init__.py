"""The live stream, apart from the network: who sees what, the entries as frames, the latest values.

    sight.py      what one viewer may see, as a value that viewers with the same rights share
    frames.py     the bytes of server-sent events
    following.py  sealed entries after a number, told in both languages and with the rows they changed
    backlog.py    the last of them, for viewers who come back
    values.py     the latest values, and which of them are new since the last look

server/front puts them on the wire. Whatever here reads the database is called in a thread.

Events of a stream. Those with an id move `Last-Event-ID` on; `reset` and `bye` are the last of their stream.

    hello   {gen, seq, now, rate}                         it begins; entries after `seq` follow
    entry   {seq, id, at, kind, ..., rows}                id <gen>-<seq>; `rows` as they are now, null: no longer yours
    rows    {seq, rows}                                   id <gen>-<seq>; rows changed by an entry that is not yours to read
    values  {now, seq, s: [[stream, value, at_ms], ...]}  at most once a second; the first of a stream holds all of them
    time    {now, seq, rate, stalled}                     each second without values; `seq` also counts what was hidden
    reset   {reason}                                      gap | gen | ahead | names: take a new snapshot, then follow that
    bye     {reason}                                      rights: take a new snapshot; session: log in
"""
