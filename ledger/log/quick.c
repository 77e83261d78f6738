/* Entries and statements that are beyond doubt: a reader of one narrow spelling, and the hashes of the tree.

   What is accepted has the profile and the shape that `canonical` and `statement` ask for; an entry goes on with its chain.
   What it does not accept is no finding but a question for them: it knows printable ASCII without escapes, numbers of at
   most 15 digits, bodies of at most DEEPEST levels, at most MOST_SEALED sealed values, times of this century but for
   29 February, and nothing that occurred after it was recorded. Tests hold the two against each other, byte by byte.

   Nothing that is read is trusted. Each text stands between NULs, which no class holds, and bytes enough lie behind the
   last one for a comparison with something short to reach beyond it. Every reader gives the place behind what it read, or
   NULL, and takes NULL for a place; nothing is written but what the caller handed in. Hashes are OpenSSL's. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DEEPEST = 16, MOST_SEALED = 16, KEY = 64, MAX_ENTRY = 61440, TIME = 27 };

const int64_t version = 4; /* of what is called and handed in: a library from before a change of it is left alone */

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
static inline int is_sextet(unsigned char c) {
    return ((unsigned char)((c | 32) - 'a') < 26) | ((unsigned char)(c - '/') < 11) | (c == '+');
}

static inline int is_hex(unsigned char c) { return ((unsigned char)(c - '0') < 10) | ((unsigned char)(c - 'a') < 6); }

static inline Place all(Place at, int length, int is(unsigned char)) {
    unsigned char wrong = 0;
    if (!at) return NULL;
    for (int i = 0; i < length; i++) wrong |= !is(at[i]);
    return wrong ? NULL : at + length;
}

static inline Place hexadecimal(Place at, int length) { return all(at, length, is_hex); }

/* ── values */

static Place quoted(Place at, int class, ptrdiff_t least, ptrdiff_t most) {
    return LITERAL(run(LITERAL(at, "\""), class, least, most), "\"");
}

static Place name(Place at) { return quoted(at, NAME, 1, 64); }

/* As `run`, and a letter first. */
static Place word(Place at, int class, ptrdiff_t most) {
    return at && classes[*at] & LETTER ? run(at, class, 1, most) : NULL;
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
    while ((more = all(at, 32, is_sextet))) at = more;
    at = run(at, BASE64, 0, MAX_ENTRY);
    if (!at || at == from || (at - from) % 4 == 1) return NULL;
    if ((at - from) % 4 == 2) at = strchr("AQgw", at[-1]) ? LITERAL(at, "==") : NULL;
    else if ((at - from) % 4 == 3) at = strchr("AEIMQUYcgkosw048", at[-1]) ? LITERAL(at, "=") : NULL;
    return LITERAL(at, "\"");
}

static int two(Place at) { return (at[0] - '0') * 10 + (at[1] - '0'); }

static Place timestamp(Place at) {
    static const char form[] = "\"20dd-dd-ddTdd:dd:dd.ddddddZ\"";
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!at) return NULL;
    for (int i = 0; form[i]; i++)
        if (form[i] == 'd' ? !(classes[at[i]] & DIGIT) : at[i] != form[i]) return NULL;
    int month = two(at + 6), day = two(at + 9);
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1]) return NULL;
    return two(at + 12) < 24 && two(at + 15) < 60 && two(at + 18) < 60 ? at + TIME + 2 : NULL;
}

/* Whether a list goes on behind a comma; if not, the place is the one behind its end, or NULL. */
static int goes_on(Place *at, int end) {
    if (*at && **at == ',') {
        ++*at;
        return 1;
    }
    *at = *at && **at == end ? *at + 1 : NULL;
    return 0;
}

/* Where two that are quoted begin to differ, or both end. The quote is less than a dot, and that than any of CODE. */
static ptrdiff_t shared(Place one, Place other) {
    Place from = one;
    while (*one == *other && *one != '"') one++, other++;
    return one - from;
}

static const unsigned char first[] = "\"";

static int is_before(Place one, Place other) {
    ptrdiff_t length = shared(one, other);
    return one[length] < other[length];
}

static Place value(Place at, int levels);

/* The members of an object that has some, behind its brace. */
static Place members(Place at, int levels) {
    Place before = first;
    do {
        Place key = LITERAL(at, "\"");
        at = LITERAL(run(key, CODE, 1, KEY), "\":");
        if (!at || !is_before(before, key)) return NULL;
        before = key;
        at = value(at, levels);
    } while (goes_on(&at, '}'));
    return at;
}

static Place items(Place at, int levels) {
    if (*at == ']') return at + 1;
    do at = value(at, levels);
    while (goes_on(&at, ']'));
    return at;
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
        at = LITERAL(hash(of), ",");
        do at = hash(at);
        while (goes_on(&at, ']'));
        at = LITERAL(at, ",");
    }
    Place value = at = LITERAL(at, "\"value\":");
    at = base64(at);
    /* 64 bytes of Ed25519 are 86 letters and two signs that nothing follows. */
    if (!passkey && at && (at - value != 90 || at[-3] != '=')) return NULL;
    return LITERAL(at, "}");
}

/* A list of codes, sorted and unique; how many. */
static Place acknowledged(Place at, int64_t *many) {
    Place before = first;
    *many = 0;
    at = LITERAL(at, "[");
    if (at && *at == ']') return at + 1;
    do {
        Place text = LITERAL(at, "{\"code\":\"");
        at = LITERAL(word(text, CODE, 64), "\"}");
        if (!at || !is_before(before, text)) return NULL;
        before = text;
        ++*many;
    } while (goes_on(&at, ']'));
    return at;
}

/* Whether the rest of a path leads from a value that was read to where nothing stands; lists are for the judges. */
static int is_free(Place at, Place path) {
    Place step = path + 1, behind = run(step, CODE, 1, KEY);
    if (*path != '.' || *at != '{') return 0;
    if (*++at == '}') return 1;
    do {
        Place key = at + 1, end = run(key, CODE, 1, KEY);
        at = end + 2;
        if (end - key == behind - step && !memcmp(key, step, (size_t)(end - key))) return is_free(at, behind);
        at = value(at, DEEPEST);
    } while (goes_on(&at, '}'));
    return 1;
}

static int is_sealable(Place path, Place end, Place body, int64_t acknowledgements) {
    int64_t index;
    Place steps = LITERAL(path, "acknowledged.");
    if (steps) return LITERAL(count(steps, &index), ".reason") == end && index < acknowledgements;
    steps = LITERAL(path, "body");
    return steps ? is_free(body, steps) : LITERAL(path, "late_reason") == end;
}

/* Commitments by path, sorted, none below another; whatever is below one would follow it at once. */
static Place sealed(Place at, Place body, int64_t acknowledgements) {
    Place before = first;
    int many = 0;
    at = LITERAL(at, "{");
    do {
        Place path = LITERAL(at, "\""), end = run(path, CODE, 1, KEY);
        while (end && *end == '.') end = run(end + 1, CODE, 1, KEY);
        at = hash(LITERAL(end, "\":"));
        if (!at || ++many > MOST_SEALED || !is_sealable(path, end, body, acknowledgements)) return NULL;
        ptrdiff_t length = shared(before, path);
        if (before[length] >= path[length] || (before[length] == '"' && path[length] == '.')) return NULL;
        before = path;
    } while (goes_on(&at, '}'));
    return at;
}

static Place type(Place at) {
    at = LITERAL(word(LITERAL(at, "\""), LOWER, 32), ".");
    return LITERAL(word(at, LOWER, 32), "\"");
}

static Place witness(Place at) {
    Place none = LITERAL(at, "null"), pending = LITERAL(none, ",\"witness_pending\":\"");
    return pending ? LITERAL(word(pending, CODE, 64), "\"") : none ? none : name(at);
}

static Place via(Place at) {
    static const char *const all[] = {"\"web\"", "\"api\"", "\"device\"", "\"import\"", "\"ledger\""};
    Place behind = NULL;
    for (size_t i = 0; !behind && i < sizeof all / sizeof *all; i++) behind = bytes(at, all[i], strlen(all[i]));
    return behind;
}

/* ── the chain */

struct chain {
    const char *log; /* as it is spelled in an entry */
    int64_t length;
    int64_t seq;                     /* of the next entry */
    unsigned char prev[64];          /* of the next entry */
    unsigned char recorded_at[TIME]; /* of the one before */
};

/* What an entry asks of its statement: where its time and its id stand, and the number of the entry seen. */
struct told {
    Place occurred_at, id;
    int64_t seen;
};

static Place statement(Place at, const struct chain *chain, struct told *told) {
    int64_t acknowledgements, line = 1;
    at = acknowledged(LITERAL(at, "{\"acknowledged\":"), &acknowledgements);
    Place body = at = LITERAL(at, ",\"body\":");
    if (!at || *at != '{') return NULL;
    at = at[1] == '}' ? at + 2 : value(at, DEEPEST);
    told->id = at = LITERAL(hash(LITERAL(at, ",\"genesis\":")), ",\"id\":\"");
    at = LITERAL(hexadecimal(at, 8), "-");
    for (int i = 0; i < 3; i++) at = LITERAL(hexadecimal(at, 4), "-");
    at = LITERAL(hexadecimal(at, 12), "\",\"late_reason\":null,\"log\":");
    told->occurred_at = at = LITERAL(bytes(at, chain->log, (size_t)chain->length), ",\"occurred_at\":");
    at = LITERAL(name(LITERAL(timestamp(at), ",\"performer\":")), ",");
    Place commitments = LITERAL(at, "\"sealed\":");
    if (commitments) at = LITERAL(sealed(commitments, body, acknowledgements), ",");
    at = count(LITERAL(hash(LITERAL(at, "\"seen\":{\"leaf\":")), ",\"seq\":"), &told->seen);
    at = LITERAL(at, "},");
    Place sheet = LITERAL(at, "\"sheet\":{\"line\":");
    if (sheet) at = LITERAL(quoted(LITERAL(count(sheet, &line), ",\"no\":"), TEXT, 1, 64), "},");
    at = LITERAL(witness(LITERAL(type(LITERAL(at, "\"type\":")), ",\"witness\":")), "}");
    return line ? at : NULL;
}

static Place entry(Place at, const struct chain *chain, Place *recorded_at, struct told *told) {
    int64_t seq;
    at = bytes(LITERAL(at, "{\"log\":"), chain->log, (size_t)chain->length);
    at = bytes(LITERAL(at, ",\"prev\":\""), chain->prev, sizeof chain->prev);
    Place recorded = at = LITERAL(at, "\",\"recorded_at\":");
    at = count(LITERAL(timestamp(at), ",\"seq\":"), &seq);
    if (!at || seq != chain->seq || memcmp(recorded + 1, chain->recorded_at, TIME) <= 0) return NULL;
    *recorded_at = recorded + 1;
    at = LITERAL(at, ",\"signatures\":[");
    do at = signature(at);
    while (goes_on(&at, ']'));
    at = statement(LITERAL(at, ",\"statement\":"), chain, told);
    at = LITERAL(via(LITERAL(at, ",\"v\":1,\"via\":")), "}");
    return at && told->seen < seq && memcmp(told->occurred_at, recorded, TIME) <= 0 ? at : NULL;
}

/* Whether a text is a statement for the log, whose name is given as it is spelled there. */
int is_statement(const char *log, int64_t log_length, Place at, int64_t length) {
    const struct chain chain = {.log = log, .length = log_length};
    struct told told;
    Place end = statement(at, &chain, &told);
    return end && end - at == length;
}

/* ── hashes */

/* OpenSSL's EVP_Digest: data and its length, where the hash and its length go, the algorithm and its engine; 1 where all went well. */
typedef int Digest(const void *, size_t, unsigned char *, unsigned *, const void *, void *);

static Digest *digest;
static const void *sha256;

void begin(Digest *evp_digest, const void *evp_sha256) {
    digest = evp_digest;
    sha256 = evp_sha256;
    classify();
}

/* RFC 6962, 2.1: `many` hashes, a power of two, folded in place until the root stands first. Whether that was done. */
int fold(unsigned char *hashes, int64_t many) {
    unsigned char node[1 + 64] = {1};
    for (; many > 1; many /= 2) {
        for (int64_t i = 0; i < many / 2; i++) {
            memcpy(node + 1, hashes + 64 * i, 64);
            if (digest(node, sizeof node, hashes + 32 * i, NULL, sha256, NULL) != 1) return 0;
        }
    }
    return 1;
}

static int nibble(unsigned char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

/* How many texts, from the first on, are entries that go on with the chain; the leaf and the id of each, 32 and 16
   bytes. `chain` goes along. The NUL before a text is the tag of a leaf (RFC 6962, 2.1). */
int64_t take(
    struct chain *chain, Place at, const int64_t *lengths, int64_t texts, unsigned char *leaves, unsigned char *ids
) {
    static const char digits[] = "0123456789abcdef";
    for (int64_t n = 0; n < texts; n++, leaves += 32) {
        struct told told;
        Place recorded_at, end = entry(++at, chain, &recorded_at, &told);
        if (!end || end - at != lengths[n] || lengths[n] > MAX_ENTRY) return n;
        if (digest(at - 1, (size_t)lengths[n] + 1, leaves, NULL, sha256, NULL) != 1) return n;
        for (int i = 0; i < 64; i++) chain->prev[i] = (unsigned char)digits[leaves[i / 2] >> (i % 2 ? 0 : 4) & 15];
        memcpy(chain->recorded_at, recorded_at, TIME);
        chain->seq++;
        for (Place digit = told.id; digit < told.id + 36; digit += 2) {
            if (*digit == '-') digit++;
            *ids++ = (unsigned char)(nibble(digit[0]) << 4 | nibble(digit[1]));
        }
        at = end;
    }
    return texts;
}
