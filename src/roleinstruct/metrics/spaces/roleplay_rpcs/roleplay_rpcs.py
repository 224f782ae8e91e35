"""RPCS of roleinstruct, for `evaluate.load`: it takes the one metric that it finds here."""

from roleinstruct.metrics.shells import RPCS

__all__ = ["RPCS"]
