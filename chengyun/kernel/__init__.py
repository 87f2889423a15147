"""Clock, ids, journal, timers, outbox and scope. Knows nothing of a district."""
