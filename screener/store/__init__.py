"""The local store: bars, corporate actions, lists and sessions, in one Delta Lake table.

One table holds them all, so that one commit holds a whole update: a reader never sees bars
without their corporate actions, and a version number names one state of everything.
"""
