"""What the pharmacy means: commands, rules, effects and figures. Pure: no clock, no randomness, no I/O.

    terms        the codes, their order, identifiers with check digits
    form         readers of fields: what stays in clear, is sealed, refers to a thing
    command      one command or statement read strictly by them
    regulation   dated rule sets and the tables they adopt
    records      what is known of each thing, frozen
    timeline     one lot at one place through time
    book         what is known at an entry: shelves of records, timelines of stock, the entries before
    findings     what somebody found, held against the book and looked at again when the book changes
    home         one patient's supply at home, folded into the closed circle
    effects      what an entry does to the book, and how a reversal takes it back
    kind         the shape of one type: its fields, its rule, its effects; the facts a rule gets
    authority    the one table of who may do, witness and read what
    judge        a command against the book: refusals in their order, warnings, notes
    vocabulary   every type, from the families below
    open_homes   which homes have something out, and how much; found_again  under what a patient's few entries are found
    courses      what a course comes to per day, and the months under which it is found again
    warnings, course_warnings   what is asked before an act, and when a course is written
    equivalents  factors to oral morphine; doses, dose_history, home_use   a patient's opioids by the day
    setting_up, patients, stocking, prescribing, dispensing, administering,
    collecting, returning, destroying, correcting   one file per family of types

To add a type: describe its fields, its rule and its effects in one `Kind` in its family's file, name its
signatories in `authority`, and its words in the catalogues. Nothing else changes.
"""
