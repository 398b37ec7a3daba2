"""The convention map: the grade of each pick under every reading of the rating standard."""
