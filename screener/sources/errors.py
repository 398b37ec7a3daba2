"""What can go wrong between a vendor and us, told apart by what helps."""


class SourceError(Exception):
    """A vendor did not give what was asked for.

    Parameters
    ----------
    source : str
        Name of the upstream, such as ``eastmoney``.
    message : str
        What happened, in plain words, naming the symbol where there is one.
    """

    def __init__(self, source: str, message: str) -> None:
        super().__init__(f"{source}: {message}")
        self.source = source
        self.message = message


class RateLimitedError(SourceError):
    """Asked too often (status 429): waiting helps, asking again at once does not."""


class BlockedError(SourceError):
    """Refused (status 401, 403, a page in place of data): another upstream helps."""


class TransportError(SourceError):
    """Connection dropped, timed out, cut short, or status 5xx: asking again helps."""


class SchemaChangedError(SourceError):
    """The answer is not laid out as it was: only a new version of the product helps."""


class EmptyError(SourceError):
    """Answered with nothing: an unknown symbol or a silent block, which a canary tells apart."""


class NotFoundError(SourceError):
    """No such security: said only when a canary succeeded and a second upstream agreed."""
