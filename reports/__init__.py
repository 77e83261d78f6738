"""Signed reports: a pure model, its pages, the evidence inside the file, the signature, and the check of all of it.

    model                       what a report shows, as facts in codes
    movements                   stock as the attached entries tell it: a second derivation
    register, row_details       the item-and-quantity journal, from entries to its model
    register_rows, _paper       the same as cells and pages; register_words: what its codes say
    register_proof              which entries it rests on, and whether it follows from them
    act, act_facts, act_opened  one entry as a note or an act, with what the vault opens of it
    empties_due                 what a ward owed at a collection, derived again
    act_paper, _words, _values  the same as pages and sentences; slip: the family's own small page
    act_proof                   the act built again from its entries, its opened values held to their commitments
    sheet, sheet_paper          the numbered downtime sheet with what lies at its place
    count, circle, monthly,     counts, what is still out, months, destructions by commission: in one module the model,
    destruction                 how it follows from entries, what it rests on (a month's in `_book`, `_proof`); `_paper`
    homes                       patients' supplies as the attached entries tell them: a second derivation
    dose_history, dose_entries  a patient's doses by the day, read by the domain from the attached entries alone
    dose_told, _figures,        the ledger's answer as frozen facts, as a reader's words, as pages
    _words, _paper
    verification, printed_head  the inspector's protocol: own verdicts, the visit, a printed head compared
    provenance, naming          whose an act is; how things and people are called (provenance_paper: the same as lines)
    resting                     the entries that go along with a report
    sections, bars              tables under headings, bars and flows in vectors
    chart, chart_days           the chart of a dose history, and its numbers
    svg, pictures               the same marks as a page shows them: the face of all pictures
    asked, builders, issuing    what may be asked for; how a kind is built from the ledger; from there to entry and file
    data                        a model as canonical JSON, both ways
    phrases, vocabulary         the sentences and words that all kinds share
    typeset, pen, table, flow   text in the embedded fonts, marks on a page, tables over pages, what follows them
    paper, stamp                the frame of every page, the visible signature
    attach, sign, issue         the evidence inside the file, the signature over it, both in order
    signature, pages, check     a signed file read by a stranger; pdf_verdict, check_words: what is said of it
    kinds                       every kind of report in one table

One way: entries → model → pages → file → signature. Nothing but `builders`, `issuing` and `act_opened` reads a store
or keeps a file.
"""
