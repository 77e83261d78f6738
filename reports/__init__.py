"""Signed reports: a pure model, its pages, the evidence inside the file, the signature, and the check of all of it.

    model                       what a report shows, as facts in codes; its canonical JSON
    movements                   stock as the attached entries tell it: a second derivation
    register, row_details       the item-and-quantity journal, from entries to its model
    register_rows, _paper       the same as cells and pages; register_words: what its codes say
    register_proof              which entries it rests on, and whether it follows from them
    phrases, vocabulary         the sentences and words that all kinds share
    typeset, pen, table, flow   text in the embedded fonts, marks on a page, tables over pages, what follows them
    paper, stamp                the frame of every page, the visible signature
    attach, sign, issue         the evidence inside the file, the signature over it, both in order
    signature, pages, check     a signed file read by a stranger; check_words: what is said of it
    kinds                       every kind of report in one table

One way: entries → model → pages → file → signature. Nothing here reads a store or keeps a file.
"""
