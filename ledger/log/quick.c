/* Entries that are beyond doubt, many at once: a reader of one narrow spelling, and the hashes of the tree.

   What `take` accepts has the profile and the shape that `canonical` and `statement` ask for and goes on with its chain.
   What it does not accept is no finding but a question for them: it knows printable ASCII without escapes, numbers of at
   most 15 digits and bodies of at most DEEPEST levels. Tests hold the two against each other, byte by byte.

   Nothing that is read is trusted. Each text ends with NUL, which no class holds, and bytes enough lie behind the last one
   for a comparison to reach beyond it. Every reader gives the place behind what it read, or NULL, and takes
   NULL for a place; nothing is written but what the caller handed in. Hashes are OpenSSL's. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DEEPEST = 16, KEY = 64, MAX_ENTRY = 61440, TIME = 27 };

static const int64_t MOST_AHEAD = 5 * 60 * 1000000LL;

typedef const unsigned char *Place;

/* ── classes of bytes */

enum { DIGIT = 1, LETTER = 2, LOWER = 4, CODE = 8, NAME = 16, BASE64 = 32, TEXT = 64 };

static unsigned char classes[256];

static void classify(void) {
    for (int c = ' '; c <= '~'; c++) classes[c] = c == '"' || c == '\\' ? 0 : TEXT;
    for (int c = '0'; c <= '9'; c++) classes[c] |= DIGIT | CODE | NAME | BASE64;
    for (int c = 'a'; c <= 'z'; c++) classes[c] |= LETTER | LOWER | CODE | NAME | BASE64;
    for (int c = 'A'; c <= 'Z'; c++) classes[c] |= BASE64;
    classes['_'] |= LOWER | CODE | NAME;
    classes['-'] |= NAME;
    classes['.'] |= NAME;
    classes['+'] |= BASE64;
    classes['/'] |= BASE64;
}

static Place bytes(Place at, const void *text, size_t length) {
    return at && !memcmp(at, text, length) ? at + length : NULL;
}

#define LITERAL(at, text) bytes(at, text, sizeof(text) - 1)

/* All that are of the class, which must be from `least` to `most` bytes. */
static Place run(Place at, int class, ptrdiff_t least, ptrdiff_t most) {
    Place from = at;
    if (!at) return NULL;
    while (classes[*at] & class) at++;
    return at - from >= least && at - from <= most ? at : NULL;
}

/* Arithmetic, not the table, for what is long: compilers do it to many bytes at once. */
static inline Place hexadecimal(Place at, int length) {
    unsigned char wrong = 0;
    if (!at) return NULL;
    for (int i = 0; i < length; i++)
        wrong |= !(((unsigned char)(at[i] - '0') < 10) | ((unsigned char)(at[i] - 'a') < 6));
    return wrong ? NULL : at + length;
}

static inline Place sextets(Place at, int length) {
    unsigned char wrong = 0;
    if (!at) return NULL;
    for (int i = 0; i < length; i++)
        wrong |= !(((unsigned char)((at[i] | 32) - 'a') < 26) | ((unsigned char)(at[i] - '/') < 11) | (at[i] == '+'));
    return wrong ? NULL : at + length;
}

/* ── values */

static Place quoted(Place at, int class, ptrdiff_t least, ptrdiff_t most) {
    return LITERAL(run(LITERAL(at, "\""), class, least, most), "\"");
}

static Place name(Place at) { return quoted(at, NAME, 1, 64); }

static Place code(Place at) {
    at = LITERAL(at, "\"");
    return at && classes[*at] & LETTER ? LITERAL(run(at, CODE, 1, 64), "\"") : NULL;
}

static Place hash(Place at) { return LITERAL(hexadecimal(LITERAL(at, "\""), 64), "\""); }

/* A number from 0 on, without leading zeros. */
static Place count(Place at, int64_t *number) {
    Place from = at;
    at = run(at, DIGIT, 1, 15);
    if (!at || (*from == '0' && at - from > 1)) return NULL;
    for (*number = 0; from < at; from++) *number = *number * 10 + (*from - '0');
    return at;
}

/* RFC 4648, section 4: not empty, and bits that say nothing are zero. */
static Place base64(Place at) {
    Place more, from = at = LITERAL(at, "\"");
    while ((more = sextets(at, 32))) at = more;
    at = run(at, BASE64, 0, MAX_ENTRY);
    if (!at || at == from || (at - from) % 4 == 1) return NULL;
    if ((at - from) % 4 == 2) at = strchr("AQgw", at[-1]) ? LITERAL(at, "==") : NULL;
    else if ((at - from) % 4 == 3) at = strchr("AEIMQUYcgkosw048", at[-1]) ? LITERAL(at, "=") : NULL;
    return LITERAL(at, "\"");
}

static int two(Place at) { return (at[0] - '0') * 10 + (at[1] - '0'); }

/* A time of a real day; microseconds since a day that is no matter. */
static Place timestamp(Place at, int64_t *micros) {
    static const char form[] = "\"0000-00-00T00:00:00.000000Z\"";
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!at) return NULL;
    for (int i = 0; form[i]; i++)
        if (form[i] == '0' ? !(classes[at[i]] & DIGIT) : at[i] != form[i]) return NULL;
    int year = two(at + 1) * 100 + two(at + 3), month = two(at + 6), day = two(at + 9);
    int hour = two(at + 12), minute = two(at + 15), second = two(at + 18);
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (!year || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return NULL;
    if (day < 1 || day > lengths[month - 1] + (leap && month == 2)) return NULL;
    int64_t days = year * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + day + (leap && month > 2);
    for (int i = 0; i < month - 1; i++) days += lengths[i];
    int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    *micros = seconds * 1000000 + two(at + 21) * 10000 + two(at + 23) * 100 + two(at + 25);
    return at + TIME + 2;
}

/* Whether what is quoted at one place comes before what is quoted at another: a quote is less than any of CODE. */
static int is_before(Place one, Place end, Place other, Place other_end) {
    ptrdiff_t length = end - one < other_end - other ? end - one : other_end - other;
    return memcmp(one, other, (size_t)length) < 0;
}

static Place value(Place at, int levels);

/* The members of an object that has some, behind its brace. */
static Place members(Place at, int levels) {
    for (Place before = NULL, end = NULL;; at++) {
        Place key = at, behind = quoted(at, CODE, 1, KEY);
        if (!behind || (before && !is_before(before, end, key, behind))) return NULL;
        before = key, end = behind;
        at = value(LITERAL(behind, ":"), levels);
        if (!at || *at == '}') return at ? at + 1 : NULL;
        if (*at != ',') return NULL;
    }
}

static Place items(Place at, int levels) {
    if (*at == ']') return at + 1;
    for (;; at++) {
        at = value(at, levels);
        if (!at || *at == ']') return at ? at + 1 : NULL;
        if (*at != ',') return NULL;
    }
}

/* What may stand in a body: no null, and no object without members. */
static Place value(Place at, int levels) {
    int64_t number;
    if (!at || !levels) return NULL;
    switch (*at) {
    case '"': return quoted(at, TEXT, 0, MAX_ENTRY);
    case '{': return members(at + 1, levels - 1);
    case '[': return items(at + 1, levels - 1);
    case 't': return LITERAL(at, "true");
    case 'f': return LITERAL(at, "false");
    case '-': return at[1] == '0' ? NULL : count(at + 1, &number);
    default: return count(at, &number);
    }
}

/* ── parts of an entry */

static Place signature(Place at) {
    Place passkey = LITERAL(at, "{\"alg\":\"webauthn-es256\",\"authenticator_data\":");
    at = name(LITERAL(passkey ? base64(passkey) : LITERAL(at, "{\"alg\":\"ed25519\""), ",\"by\":"));
    if (passkey) at = base64(LITERAL(at, ",\"client_data\":"));
    at = LITERAL(hexadecimal(LITERAL(at, ",\"key\":\""), 16), "\",");
    Place of = LITERAL(at, "\"of\":[");
    if (of) {
        at = hash(LITERAL(hash(of), ","));
        while (at && *at == ',') at = hash(at + 1);
        at = LITERAL(at, "],");
    }
    Place value = at = LITERAL(at, "\"value\":");
    at = base64(at);
    /* 64 bytes of Ed25519 are 86 letters and two signs that nothing follows. */
    if (!passkey && at && (at - value != 90 || at[-3] != '=')) return NULL;
    return LITERAL(at, "}");
}

/* A list of codes, sorted and unique; how many. */
static Place acknowledged(Place at, int64_t *many) {
    Place before = NULL, end = NULL;
    *many = 0;
    at = LITERAL(at, "[");
    if (at && *at == ']') return at + 1;
    for (;; at++) {
        Place from = LITERAL(at, "{\"code\":"), behind = code(from);
        if (!behind || (before && !is_before(before, end, from, behind))) return NULL;
        before = from, end = behind;
        ++*many;
        at = LITERAL(behind, "}");
        if (!at || *at == ']') return at ? at + 1 : NULL;
        if (*at != ',') return NULL;
    }
}

/* Whether the steps, each behind a dot, lead from a value that was read to where nothing stands. */
static int is_free(Place at, Place steps, Place end) {
    while (steps < end && *steps == '.') {
        int64_t index = -1;
        Place step = steps + 1;
        steps = run(step, CODE, 1, KEY);
        if (*at == '{') {
            for (at++;; at++) {
                if (*at == '}') return 1;
                Place key = at + 1, behind = run(key, CODE, 1, KEY);
                at = behind + 2;
                if (behind - key == steps - step && !memcmp(key, step, (size_t)(steps - step))) break;
                at = value(at, DEEPEST);
                if (*at == '}') return 1;
            }
        } else if (*at == '[') {
            if (steps - step > 9 || count(step, &index) != steps) return 0;
            for (at++;; at++) {
                if (*at == ']') return 1;
                if (!index--) break;
                at = value(at, DEEPEST);
                if (*at == ']') return 1;
            }
        } else return 0;
    }
    return 0;
}

static int is_sealable(Place path, Place end, Place body, int64_t acknowledgements) {
    int64_t index;
    Place steps = LITERAL(path, "acknowledged.");
    if (steps) return LITERAL(count(steps, &index), ".reason") == end && index < acknowledgements;
    steps = LITERAL(path, "body");
    return steps ? is_free(body, steps, end) : LITERAL(path, "late_reason") == end;
}

/* Commitments by path, sorted, none below another: the next but one, for a dot is less than any of CODE. */
static Place sealed(Place at, Place body, int64_t acknowledgements) {
    Place before = NULL, end = NULL;
    for (at = LITERAL(at, "{");; at++) {
        Place path = LITERAL(at, "\""), behind = run(path, CODE, 1, KEY);
        while (behind && *behind == '.') behind = run(behind + 1, CODE, 1, KEY);
        if (!behind || !is_sealable(path, behind, body, acknowledgements)) return NULL;
        if (before && !is_before(before, end + 1, path, behind + 1)) return NULL;
        if (before && bytes(path, before, (size_t)(end - before)) && path[end - before] == '.') return NULL;
        before = path, end = behind;
        at = hash(LITERAL(behind, "\":"));
        if (!at || *at == '}') return at ? at + 1 : NULL;
        if (*at != ',') return NULL;
    }
}

static Place type(Place at) {
    at = LITERAL(at, "\"");
    at = at && classes[*at] & LETTER ? LITERAL(run(at, LOWER, 1, 32), ".") : NULL;
    return at && classes[*at] & LETTER ? LITERAL(run(at, LOWER, 1, 32), "\"") : NULL;
}

static Place witness(Place at) {
    Place none = LITERAL(at, "null"), pending = LITERAL(none, ",\"witness_pending\":");
    return pending ? code(pending) : none ? none : name(at);
}

static Place via(Place at) {
    static const char *const all[] = {"\"web\"", "\"api\"", "\"device\"", "\"import\"", "\"ledger\""};
    for (size_t i = 0; at && i < sizeof all / sizeof *all; i++) {
        Place behind = bytes(at, all[i], strlen(all[i]));
        if (behind) return behind;
    }
    return NULL;
}

/* ── the chain */

struct chain {
    const char *log; /* as it is spelled in an entry */
    int64_t length;
    int64_t seq;                   /* of the next entry */
    unsigned char prev[64];        /* of the next entry */
    unsigned char recorded_at[TIME]; /* of the one before */
};

static Place entry(Place at, const struct chain *chain, Place *recorded_at, Place *id) {
    int64_t seq, recorded, occurred, acknowledgements, seen, line = 1;
    at = bytes(LITERAL(at, "{\"log\":"), chain->log, (size_t)chain->length);
    at = bytes(LITERAL(at, ",\"prev\":\""), chain->prev, sizeof chain->prev);
    at = LITERAL(at, "\",\"recorded_at\":");
    *recorded_at = at ? at + 1 : NULL;
    at = count(LITERAL(timestamp(at, &recorded), ",\"seq\":"), &seq);
    if (!at || seq != chain->seq || memcmp(*recorded_at, chain->recorded_at, TIME) <= 0) return NULL;
    at = signature(LITERAL(at, ",\"signatures\":["));
    while (at && *at == ',') at = signature(at + 1);
    at = acknowledged(LITERAL(at, "],\"statement\":{\"acknowledged\":"), &acknowledgements);
    Place body = at = LITERAL(at, ",\"body\":");
    if (!at || *at != '{') return NULL;
    at = at[1] == '}' ? at + 2 : value(at, DEEPEST);
    at = hash(LITERAL(at, ",\"genesis\":"));
    *id = at = LITERAL(at, ",\"id\":\"");
    at = LITERAL(hexadecimal(at, 8), "-");
    for (int i = 0; i < 3; i++) at = LITERAL(hexadecimal(at, 4), "-");
    at = LITERAL(hexadecimal(at, 12), "\",\"late_reason\":null");
    at = bytes(LITERAL(at, ",\"log\":"), chain->log, (size_t)chain->length);
    at = timestamp(LITERAL(at, ",\"occurred_at\":"), &occurred);
    at = LITERAL(name(LITERAL(at, ",\"performer\":")), ",");
    Place commitments = LITERAL(at, "\"sealed\":");
    if (commitments) at = LITERAL(sealed(commitments, body, acknowledgements), ",");
    at = count(LITERAL(hash(LITERAL(at, "\"seen\":{\"leaf\":")), ",\"seq\":"), &seen);
    at = LITERAL(at, "},");
    Place sheet = LITERAL(at, "\"sheet\":{\"line\":");
    if (sheet) at = LITERAL(quoted(LITERAL(count(sheet, &line), ",\"no\":"), TEXT, 1, 64), "},");
    at = witness(LITERAL(type(LITERAL(at, "\"type\":")), ",\"witness\":"));
    at = LITERAL(via(LITERAL(at, "},\"v\":1,\"via\":")), "}");
    return at && line && seen < seq && occurred - recorded <= MOST_AHEAD ? at : NULL;
}

/* ── hashes: EVP_DigestInit_ex, EVP_DigestUpdate, EVP_DigestFinal_ex, a context and SHA-256 */

static struct openssl {
    int (*init)(void *, const void *, void *);
    int (*update)(void *, const void *, size_t);
    int (*final)(void *, unsigned char *, unsigned *);
    void *context;
    const void *sha256;
} openssl;

void begin(const struct openssl *given) {
    openssl = *given;
    classify();
}

/* Whether it could be computed. */
static int digest(unsigned char tag, Place data, size_t length, unsigned char *found) {
    return openssl.init(openssl.context, openssl.sha256, NULL) == 1 && openssl.update(openssl.context, &tag, 1) == 1
        && openssl.update(openssl.context, data, length) == 1 && openssl.final(openssl.context, found, NULL) == 1;
}

/* RFC 6962, 2.1: `many` hashes, a power of two, folded in place until the root stands first. */
int fold(unsigned char *hashes, int64_t many) {
    for (; many > 1; many /= 2)
        for (int64_t i = 0; i < many / 2; i++)
            if (!digest(1, hashes + 64 * i, 64, hashes + 32 * i)) return 0;
    return 1;
}

static int nibble(unsigned char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

/* How many texts, from the first on, are entries that go on with the chain; the leaf and the id of each, 32 and 16
   bytes. `chain` goes along. */
int64_t take(
    struct chain *chain, Place at, const int64_t *lengths, int64_t texts, unsigned char *leaves, unsigned char *ids
) {
    static const char digits[] = "0123456789abcdef";
    for (int64_t n = 0; n < texts; n++, leaves += 32) {
        Place recorded_at, id, end = entry(at, chain, &recorded_at, &id);
        if (!end || end - at != lengths[n] || lengths[n] > MAX_ENTRY) return n;
        if (!digest(0, at, (size_t)lengths[n], leaves)) return n;
        for (int i = 0; i < 64; i++) chain->prev[i] = (unsigned char)digits[leaves[i / 2] >> (i % 2 ? 0 : 4) & 15];
        memcpy(chain->recorded_at, recorded_at, TIME);
        chain->seq++;
        for (int i = 0; i < 16; i++, id += 2, ids++) {
            if (*id == '-') id++;
            *ids = (unsigned char)(nibble(id[0]) << 4 | nibble(id[1]));
        }
        at = end + 1;
    }
    return texts;
}
