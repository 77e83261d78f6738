"""What people see: pages rendered here, and the modules in `static/` that sign in the browser.

rendering   one frame for all pages, in the reader's language
texts       what the modules say, in the reader's language
account/    sign-in, enrolment, recovery, own keys, signatures and sessions
"""
