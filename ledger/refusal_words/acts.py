"""Where a value of a rule set comes from, in the reader's language: the acts that the practice set quotes.

What a site wrote into its own set is said as it stands: it is data, and never read as a sentence of ours.
"""

from ledger.words import Words, phrase

QUOTED = frozenset(
    {
        phrase("ҚР ДСМ order No. 32 of 26 January 2015"),
        phrase("ҚР ДСМ-209/2020, standard of palliative care"),
        phrase("the site's own order"),
        phrase("FDA boxed warning, opioids with benzodiazepines"),
        phrase("MHRA Drug Safety Update, fentanyl patches"),
        phrase("label of transdermal fentanyl"),
        phrase("section 2 (administrative-territorial unit)"),
        phrase("section 2 (discharge outside the home unit)"),
        phrase("section 4, paragraph 33"),
        phrase("care at home"),
        phrase("practice"),
        phrase("wear time"),
        phrase("August 2016; shown, never a bar in palliative care"),
        phrase("September 2020; the number of days is the site's"),
        phrase("as amended by No. 129 of 11.07.2023; no number could be read in it"),
        phrase("as amended by No. 129 of 11.07.2023; the number of members could not be read"),
        phrase("as amended by No. 129 of 11.07.2023; whether district or region could not be read"),
        phrase("at least monthly; the act itself could not be read"),
        phrase("weekly, the act itself could not be read"),
    }
)
_NONE = ("", "-")


def say_source(words: Words, *told: str) -> str:
    """Act, paragraph and edition, or some of them; what says nothing (`-`) is left out."""
    return ", ".join(words.say(each) if each in QUOTED else each for each in told if each not in _NONE)
