"""The pharmacist's counter: who is here, what may be handed out now, what has to be mended, and how things are found.

basket       the courses that can be supplied now, why others cannot, and who collected before
card         one patient at the counter: the facts of the card and of the basket
finding      what a typed or scanned text may mean; patients by name or number
pages        the counter itself, and what is printed after a supply
registering  new patients, what is corrected of them, prescriptions from paper
telling      any entry in words
mending      the page of an entry, and its reversal
searching    entries, acts, seals, lots, documents
"""
