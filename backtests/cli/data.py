"""The commands ``data``: what goes into the store, and what comes out of it."""

import typer

from backtests.cli import data_in, data_out, fundamentals, sectors

app = typer.Typer(no_args_is_help=True, help="Fetch, keep, check and hand out prices.")
app.add_typer(data_in.app)
app.add_typer(data_out.app)
app.add_typer(sectors.app, name="sectors")
app.add_typer(fundamentals.app, name="fundamentals")
