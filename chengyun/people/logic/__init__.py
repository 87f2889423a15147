"""Decisions about duty, shifts, roles and log-ins. No Django, no database, no clock: time comes in as an argument."""
