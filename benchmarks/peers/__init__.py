"""Logs of others beside ours, on the same entries: durable appends, proofs, and audits of everything.

Each peer has one script here, in its own language, that prints seconds as JSON; `__main__` installs what they need
into a folder that is thrown away, plays them in turn with ours, and tells the ratios. What a peer checks is its own
affair: none of them judges form, times or people, and only git and ours chain each entry to the one before.
"""
