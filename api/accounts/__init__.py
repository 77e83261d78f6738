"""Who somebody is: credentials, devices, sessions, tokens, recovery. No HTTP, no roles, no signing.

`open_accounts(directory, settings=…, recorder=…, clock=…)` gives `Accounts`, whose parts are

    enrolment    a one-time code, or a recovery code, becomes sign-in credentials
    entrance     sign in, unlock and change of person: one verb for each factor
    sessions     found by their token on each request, locked, listed, ended
    credentials  a person's own passkeys, password with TOTP, recovery codes
    tokens       machines that act as a person
    keys         signing keys wrapped in the browser, and new keys that wait for registrar and head pharmacist

What somebody may do is not known here: the role stands in the ledger's entries, and `api.authority` judges it.
Every failure is a `CallRefused`: `credentials_wrong`, `second_factor_needed`, `code_wrong`, `setup_over`,
`passkey_refused`, `proof_needed`, `last_credential`, `password_short`, `password_long`, `password_common`,
`totp_wrong`, `too_many_tries` (with `seconds`), `scope_unknown`, `days_unfit`, `key_unfit`.

Trust (`accounts.db`, `secrets/accounts.key`; neither is ever in a backup of the ledger): whoever can read both has
hashes of passwords and every TOTP secret, but no session, token or code; whoever can replace the file can sign in as
anybody, and still sign nothing: signing keys stand in the chain.
"""

from api.accounts.accounts import Accounts, open_accounts
from api.accounts.office import Recorder
from api.accounts.shapes import Entered, Visit

__all__ = ["Accounts", "Entered", "Recorder", "Visit", "open_accounts"]
