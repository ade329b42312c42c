"""The one folder a cell may write: what it is, and what in it stays as it was.

The folder's content is hostile, and a container may change it while it is looked at.
"""
