"""What is asked when a course is written: once, of whoever writes it (contract: Warnings).

Every check gets the new course and those near it, and is silent where its threshold is unset or where nothing can
be determined.
"""

from collections.abc import Iterable
from decimal import Decimal

from ledger.domain.asking.courses import Course, day_of, days_later, find_courses, find_near, to_courses
from ledger.domain.history.equivalents import BENZODIAZEPINE, STRONG
from ledger.domain.kind import Case
from ledger.domain.records import Past, Prescription
from ledger.domain.terms import to_rounded
from ledger.errors import Refusal

_RENEWED_WITHIN_DAYS = 31  # a course that follows later than this is a new one
OF_A_COURSE = frozenset(
    {
        "opioid_with_benzodiazepine",
        "patch_opioid_naive",
        "patch_change_early",
        "dose_jump",
        "units_differ_from_course",
        "unusual_quantity",
    }
)
"""Asked once per course; the others are asked of every supply."""


def find_warned(case: Case) -> tuple[str, ...]:
    """The codes that stand answered for the course which *case* begins."""
    return tuple(sorted(OF_A_COURSE & ({warning.code for warning in case.warnings} | set(case.notes))))


def check_course(case: Case) -> None:
    """Ask about the course that *case* begins; what was answered for the same one before is only shown."""
    course = next(iter(to_courses(case.command, case.book)), None)
    if course is None:
        return
    horizon = max(_RENEWED_WITHIN_DAYS, case.rule("opioid_naive_days") or 0, case.rule("dose_jump_days") or 0)
    apart = case.rule("benzodiazepine_overlap_days") or 0
    first_on, last_on = days_later(course.starts_on, -horizon), days_later(course.ends_on, apart)
    near = list(find_courses(case, case.body["patient"], first_on, last_on))
    found = [warning for check in _COURSE_CHECKS for warning in check(case, course, near)]
    answered = {code for other in near if course.is_like(other) for code in _warned(case, other)}
    for warning in found:
        if warning.code in answered:
            case.note(warning.code)
        else:
            case.warnings.append(warning)


def _warned(case: Case, course: Course) -> tuple[str, ...]:
    record: Prescription | None = case.book.find("prescription", course.prescription) if course.prescription else None
    return record.warned if record else ()


def _benzodiazepine(case: Case, course: Course, near: list[Course]) -> Iterable[Refusal]:
    apart, known = case.rule("benzodiazepine_overlap_days"), case.rules.equivalents
    if apart is None:
        return
    first_on, last_on = days_later(course.starts_on, -apart), days_later(course.ends_on, apart)
    for other in near:
        pairs = ((course.inn, other.inn), (other.inn, course.inn))
        together = any(known.is_opioid(one) and known.is_class(two, BENZODIAZEPINE) for one, two in pairs)
        if together and other.is_on(first_on, last_on):
            yield _warning("opioid_with_benzodiazepine", "product", product=course.product, other=other.product)
            return


def _naive(case: Case, course: Course, near: list[Course]) -> Iterable[Refusal]:
    days, known = case.rule("opioid_naive_days"), case.rules.equivalents
    if days is None or not course.is_patch or not known.is_opioid(course.inn):
        return
    first_on = days_later(course.starts_on, -days)
    if any(known.is_class(other.inn, STRONG) and other.is_on(first_on, course.starts_on) for other in near):
        return
    for past in find_near(case, "uncoursed", case.body["patient"], first_on, course.starts_on):
        if day_of(past, case.book) >= first_on and any(known.is_class(inn, STRONG) for inn in _drugs(case, past)):
            return
    yield _warning("patch_opioid_naive", "product", product=course.product, days=days)


def _drugs(case: Case, past: Past) -> list[str]:
    """The drugs of a dose or an infusion."""
    given = [past.body["product"]] if "product" in past.body else [c["product"] for c in past.body["contents"]]
    return [product.inn for product in map(case.find_product, given) if product is not None]


def _patch_change(case: Case, course: Course, near: list[Course]) -> Iterable[Refusal]:
    hours = case.rule("patch_wear_hours")
    if hours is not None and course.is_patch and course.hours and course.hours < hours * course.times:
        yield _warning("patch_change_early", "frequency", hours=course.hours // course.times, least=hours)


def _jump(case: Case, course: Course, near: list[Course]) -> Iterable[Refusal]:
    """The regular opioids of the first day, against the most of any day before; as-needed doses are no load."""
    percent, days = case.rule("dose_jump_percent"), case.rule("dose_jump_days")
    if percent is None or days is None or course.as_needed or not case.rules.equivalents.is_opioid(course.inn):
        return
    others = [other for other in near if not other.as_needed and case.rules.equivalents.is_opioid(other.inn)]
    gone = {case.body.get("replaces"), case.body.get("renews")} - {None}
    now = _load(case, [course, *(o for o in others if o.prescription not in gone)], course.starts_on)
    loads = [_load(case, others, days_later(course.starts_on, -n)) for n in range(1, days + 1)]
    if now is None or None in loads:
        return  # cannot be determined
    before = max(load for load in loads if load is not None)
    if before and now * 100 > before * (100 + percent):
        told = {"before": to_rounded(before, Decimal(1)), "after": to_rounded(now, Decimal(1))}
        yield _warning("dose_jump", "single_dose", **told, percent=percent, days=days)


def _load(case: Case, courses: list[Course], on: str) -> Decimal | None:
    total = Decimal(0)
    for course in courses:
        if course.is_on(on, on):
            daily = course.daily()
            value = case.rules.equivalents.to_equivalent(daily).value if daily else None
            if value is None:
                return None
            total += value
    return total


def _course_units(case: Case, course: Course, near: list[Course]) -> Iterable[Refusal]:
    tolerance, product = case.rule("course_units_tolerance"), case.find_product(course.product)
    span = course.units_for(case.body["duration_days"], product) if product is not None else None
    if tolerance is None or span is None:
        return
    too_few = course.units < span[0] - tolerance and not course.as_needed  # when needed, units are a ceiling
    if too_few or course.units > span[1] + tolerance:
        yield _warning("units_differ_from_course", "units", units=course.units, least=span[0], most=span[1])


def _much(case: Case, course: Course, near: list[Course]) -> Iterable[Refusal]:
    most = case.rule("unusual_units")
    if most is not None and course.units > most:
        yield _warning("unusual_quantity", "units", units=course.units, most=most)


_COURSE_CHECKS = (_benzodiazepine, _naive, _patch_change, _jump, _course_units, _much)


def _warning(code: str, field: str, **values: str | int) -> Refusal:
    return Refusal(code=code, field=f"body.{field}", values=values)
