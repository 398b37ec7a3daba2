"""Lays what was screened out for people and programs."""
