"""Commits what an update brings, whole, whoever else is committing."""

from collections.abc import Mapping
from typing import Any

from screener.store.errors import ConflictError, StoreError
from screener.store.merge import Offers, Outcome, plan_update
from screener.store.store import Store
from universes import __version__

# a process that plans slowly loses to each commit of a faster one, and 20 in a row were seen
_TRIES = 100


def commit_offers(
    store: Store, offers: Offers, provenance: Mapping[str, Any], *, start_anew: bool = False
) -> tuple[int, tuple[Outcome, ...]]:
    """Add what an update brings to the store in one commit.

    Where another process commits first, the update is planned again on what that left, so no
    row is lost or doubled.

    Parameters
    ----------
    store : Store
    offers : Offers
    provenance : mapping
        JSON types: the command, the sources, the hashes of files. Program version and time
        are added.
    start_anew : bool
        See `screener.store.merge.plan_update`.

    Returns
    -------
    version : int
        Of the commit.
    outcomes : tuple of Outcome

    Raises
    ------
    StoreError
        If the store cannot be written to, or others keep committing first.
    """
    said = {"program": __version__, "at": str(offers.fetched_at), **provenance}
    for _ in range(_TRIES):
        state = store.state()
        plan = plan_update(state, offers, start_anew=start_anew)
        try:
            return store.append(plan.rows, said, state.version), plan.outcomes
        except ConflictError:
            continue
    raise StoreError(
        f"other processes committed to {store.address} first, {_TRIES} times", "run it again"
    )
