"""Lays the weekly report out for people and programs."""
