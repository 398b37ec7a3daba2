"""Runs that write one folder a week: which weeks are due, one writer at a time, and the ledger."""
