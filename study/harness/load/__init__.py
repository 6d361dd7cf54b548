"""The load test: a constant rate of HTTP requests on a small edge simulator that invokes the packaged handlers."""

from .command_line import main as cli

__all__ = ["cli"]
