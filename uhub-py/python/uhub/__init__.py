"""The rules of uHub."""

from ._uhub import __version__, decide

__all__ = ["__version__", "decide"]
