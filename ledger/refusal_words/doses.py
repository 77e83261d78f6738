"""How doses are spoken of: by which route they were given, and why a day's figure cannot be determined."""

from collections.abc import Mapping

from ledger.words import phrase

WHYS: Mapping[str, str] = {
    "no_table": phrase("the rule set in force holds no table of equivalents"),
    "no_factor": phrase("no factor for this drug by this route"),
    "class_unknown": phrase("no adopted table says whether it is an opioid"),
    "route_unknown": phrase("by which route it was given is not on record"),
    "unit_unknown": phrase("the unit does not compare with the factor"),
    "dose_unknown": phrase("the dose is not on record"),
    "wear_unknown": phrase("how long a patch is worn is not on record"),
    "patch_not_changed": phrase("no change or removal of the patch is on record"),
    "one_patch_fell_off": phrase("one of several patches fell off, and which one is not on record"),
}
ROUTES: Mapping[str, str] = {
    "intramuscular": phrase("intramuscular"),
    "intravenous": phrase("intravenous"),
    "nasal": phrase("nasal"),
    "oral": phrase("oral"),
    "oromucosal": phrase("oromucosal"),
    "rectal": phrase("rectal"),
    "subcutaneous": phrase("subcutaneous"),
    "sublingual": phrase("sublingual"),
    "transdermal": phrase("transdermal"),
    "*": phrase("any route"),
    "": phrase("route unknown"),
}
