/* A cursor is a place in a list with a MAC over it, the subject and the question. It says nothing
 * that the page did not say, and nobody can make one: so none leads into another subject's list. */
#include <string.h>

#include "core/act/authorize/list_int.h"
#include "core/crypto/b64.h"

/* part 1 | inside 1 | issued_at 8 | sqbh 16 | use at_ms 8 | use request_id 16 | MAC 16. A multiple
 * of three, so that its base64 has no padding. */
enum { PLACE_LEN = 50, MAC_LEN = 16, CURSOR_LEN = PLACE_LEN + MAC_LEN };
_Static_assert(CURSOR_LEN % 3 == 0 && CURSOR_LEN / 3 * 4 == (int)AUTH_CURSOR_LEN, "as documented");

struct list_place list_place_start(void)
{
    return (struct list_place){.part = LIST_FIRST, .issued_at = INT64_MAX};
}

static void put_number(uint8_t out[8], int64_t n)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
}

static int64_t get_number(const uint8_t in[8])
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | in[i];
    return (int64_t)n;
}

static void authenticate(const struct call *c, const struct list_question *q,
                         const uint8_t place[PLACE_LEN], uint8_t mac[SM3_LEN])
{
    static const char label[] = "list-cursor";
    uint8_t since[8];
    put_number(since, q->since);
    const struct sm3_part parts[] = {{label, sizeof label - 1},
                                     {q->subject_index, sizeof q->subject_index},
                                     {q->kind, strlen(q->kind)},
                                     {since, sizeof since},
                                     {place, PLACE_LEN}};
    keyring_derive(c->w.kr, "ticket", parts, sizeof parts / sizeof parts[0], mac);
}

char *list_cursor_write(const struct call *c, const struct list_question *q,
                        const struct list_place *at)
{
    uint8_t bytes[PLACE_LEN + SM3_LEN] = {(uint8_t)at->part, at->inside};
    put_number(bytes + 2, at->issued_at);
    memcpy(bytes + 10, at->sqbh, SQBH_LEN);
    if (at->inside) {
        put_number(bytes + 26, at->use.at_ms);
        memcpy(bytes + 34, at->use.request_id, sizeof at->use.request_id);
    }
    authenticate(c, q, bytes, bytes + PLACE_LEN);
    return b64url_encode(c->w.pool, bytes, CURSOR_LEN);
}

enum err list_cursor_read(struct call *c, const struct list_question *q, const char *cursor,
                          struct list_place *at)
{
    uint8_t *bytes, mac[SM3_LEN];
    size_t len;
    if (strlen(cursor) != AUTH_CURSOR_LEN || strpbrk(cursor, "+/=") != NULL)
        return call_fault(c, ERR_FIELD_INVALID, "cursor");
    char *text = pool_strdup(c->w.pool, cursor); /* base64url as base64 */
    for (char *s = text; *s != '\0'; s++)
        if (*s == '-')
            *s = '+';
        else if (*s == '_')
            *s = '/';
    if (b64_decode(c->w.pool, text, AUTH_CURSOR_LEN, &bytes, &len) != ERR_OK || len != CURSOR_LEN)
        return call_fault(c, ERR_FIELD_INVALID, "cursor");
    authenticate(c, q, bytes, mac);
    if (!crypto_equal(mac, bytes + PLACE_LEN, MAC_LEN))
        return call_fault(c, ERR_FIELD_INVALID, "cursor");
    *at = (struct list_place){.part = (enum list_part)bytes[0],
                              .inside = bytes[1] != 0,
                              .issued_at = get_number(bytes + 2),
                              .use = {.at_ms = get_number(bytes + 26)}};
    memcpy(at->sqbh, bytes + 10, SQBH_LEN);
    memcpy(at->use.request_id, bytes + 34, sizeof at->use.request_id);
    return ERR_OK;
}
