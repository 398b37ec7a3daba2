"""Run as ``python -m backtests.cli``."""

from backtests.cli.app import main

main()
