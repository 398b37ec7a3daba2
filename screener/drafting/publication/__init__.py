"""When a report came out: the day it prints, or a window with the evidence for it."""
