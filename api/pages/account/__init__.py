"""A person's own affairs: sign-in, enrolment, recovery, keys, signatures, sessions.

entering     in and out: JSON for the boxes in which people say who they are
setting_up   a one-time or recovery code becomes a way to sign in
own          what a person sees of themselves: sessions, signatures
keys         keys to sign with: made in the browser, in force by the ledger's entries
pages        the pages around all of it
"""
