"""What is missing or weak on this machine, each with its fix.

One file per family of checks. Judging is pure (facts in, findings out) and stands apart from
gathering; `examination.py` puts the families in order.
"""
