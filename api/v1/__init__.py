"""The JSON API (contract, section 3). A handler is: form, ledger, answer."""
