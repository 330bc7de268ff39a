/* list, page by page: everything is reached, once; what was never used hides nothing that was, nor
 * do many uses of one authorization; and a cursor serves nobody but the subject that it is of. */
#include "tests/act/authorize_sample.h"

#include "core/act/verify.h"
#include "core/store/stmt.h"

enum { USES = 2350, PAGES_MOST = 100 };

static struct issue_out new_code(struct subject *who, bool single_use)
{
    struct issue_in in = sample_issue_in(who);
    in.channel = "02";
    in.single_use = single_use ? FIELD_TRUE : FIELD_FALSE;
    return sample_issue(channel, &in);
}

static enum err verify(const char *code)
{
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
    const struct verify_in in = sample_verify_in(code);
    struct verify_out out;
    return act_verify(&s->c, &in, &out);
}

/* --- reading --- */

struct page {
    const struct auth_list_item *items;
    size_t n;
    const char *next; /* NULL: it was the last */
};

static enum err try(const struct auth_list_in *in, struct page *p)
{
    struct sample_call *s = sample_call_new(CALL_AUTH_LIST, DB_AUTHORIZE, channel);
    struct field_objects out = {NULL, 0};
    enum err e = act_auth_list(&s->c, in, &out);
    if (e == ERR_FIELD_INVALID)
        assert_string_equal(s->c.detail, "cursor");
    assert_int_equal(sample_recorded(s), e == ERR_OK ? ERR_OK : -1);
    *p = (struct page){out.v, out.n, s->c.next_cursor};
    return e;
}

static struct page read_page(const struct auth_list_in *in)
{
    struct page p;
    assert_int_equal(try(in, &p), ERR_OK);
    return p;
}

/* All items of all pages, in order. */
static const struct auth_list_item *read_all(struct auth_list_in in, size_t most_a_page,
                                             size_t *n_r)
{
    struct auth_list_item *all = pool_alloc(sample.pool, 1000 * sizeof *all);
    *n_r = 0;
    for (int pages = 0; pages < PAGES_MOST; pages++) {
        struct page p = read_page(&in);
        assert_in_range(p.n, 0, most_a_page);
        assert_in_range(*n_r + p.n, 0, 1000);
        memcpy(all + *n_r, p.items, p.n * sizeof *all);
        *n_r += p.n;
        if (p.next == NULL)
            return all;
        assert_int_equal(strlen(p.next), AUTH_CURSOR_LEN);
        in.cursor = p.next;
    }
    fail_msg("the list has no end");
    return NULL;
}

static void expect(const struct auth_list_item *items, size_t n, const char *const *sqbh)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(items[i].sqbh, sqbh[i]);
}

/* --- which, and in which order --- */

/* A morning of codes on show, two of which were used: one early, one tried in vain when it was
 * over.
 */
static void codes_on_show(void **state)
{
    (void)state;
    enum { SHOWN = 130, USED = 3, TRIED = 5 };
    struct subject *who = sample_person();
    const char *shown[SHOWN], *want[SHOWN + 1];
    size_t n, k = 0;
    for (int i = 0; i < SHOWN; i++) {
        sample_set_clock(SAMPLE_NOON + 50 * i);
        struct issue_out o = new_code(who, true);
        shown[i] = o.sqbh;
        if (i == USED)
            assert_int_equal(verify(o.code), ERR_OK);
        sample_set_clock(SAMPLE_NOON + 50 * i + 70);
        if (i == TRIED)
            assert_int_equal(verify(o.code), ERR_CODE_EXPIRED);
    }
    sample_set_clock(SAMPLE_NOON + 50 * SHOWN);
    const char *granted_ = granted(new_request().request_code, who);
    want[k++] = granted_;
    want[k++] = shown[SHOWN - 1]; /* on show now */
    want[k++] = shown[TRIED];
    want[k++] = shown[USED];
    for (int i = SHOWN - 2; i >= 0; i--)
        if (i != USED && i != TRIED)
            want[k++] = shown[i];
    static const size_t limits[] = {1, 2, 3, 4, 5, 7, 50, 131, 200};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (k / limits[i] >= PAGES_MOST)
            continue;
        struct auth_list_in in = {.subject = who, .limit = {true, (int64_t)limits[i]}};
        expect(read_all(in, limits[i], &n), k, want);
        assert_int_equal(n, k);
    }
    /* without a limit: 50 a page; `all` may be said */
    struct page p = read_page(&(struct auth_list_in){.subject = who, .kind = "all"});
    assert_int_equal(p.n, 50);
    assert_non_null(p.next);
    assert_int_equal(p.items[2].uses.n, 1);
    assert_int_equal(p.items[3].uses.n, 1);
    assert_int_equal(p.items[4].uses.n, 0);
    const char *used[] = {granted_, shown[TRIED], shown[USED]},
               *open[] = {granted_, shown[SHOWN - 1]};
    struct auth_list_in in = {.subject = who, .kind = "used", .limit = {true, 2}};
    expect(read_all(in, 2, &n), 3, used);
    assert_int_equal(n, 3);
    in.kind = "open";
    in.limit.v = 1;
    expect(read_all(in, 1, &n), 2, open);
    assert_int_equal(n, 2);
}

static void since(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    const char *sqbh[4];
    size_t n;
    for (int i = 3; i >= 0; i--) {
        sample_set_clock(SAMPLE_NOON - 10 * i);
        struct issue_out o = new_code(who, true);
        sqbh[i] = o.sqbh;
        if (i % 2 == 0)
            assert_int_equal(verify(o.code), ERR_OK);
    }
    struct auth_list_in in = {
        .subject = who, .since = {true, SAMPLE_NOON - 20}, .limit = {true, 1}};
    const char *want[] = {sqbh[0], sqbh[1], sqbh[2]};
    expect(read_all(in, 1, &n), 3, want); /* the third is of that very second */
    assert_int_equal(n, 3);
    in.kind = "used";
    (void)read_all(in, 1, &n);
    assert_int_equal(n, 2);
    in.since.v = SAMPLE_NOON + 1;
    (void)read_all(in, 1, &n);
    assert_int_equal(n, 0);
}

static void nobody(void **state)
{
    (void)state;
    struct page p = read_page(&(struct auth_list_in){.subject = sample_person()});
    assert_int_equal(p.n, 0);
    assert_null(p.next);
}

/* --- how it is found --- */

/* How the server runs a statement with all of its parameters 1; the subject has rows. */
static const char *plan_of(enum stmt st, const char *subject_index)
{
    const char *at = stmt_text(st, sample.pool), *first = strchr(at, '?');
    struct buf sql;
    buf_init(&sql, sample.pool);
    buf_puts(&sql, "EXPLAIN FORMAT=JSON ");
    buf_printf(&sql, "%.*sX'%s'", (int)(first - at), at, subject_index);
    for (at = first + 1; *at != '\0'; at++)
        buf_puts(&sql, *at == '?' ? "1" : (const char[]){*at, '\0'});
    return sample_value("%s", sql.data);
}

/* A page is read in the order of the index, and of what is passed over nothing but the index: else
 * a list gets slower with every code that was ever shown. */
static void found_by_the_index(void **state)
{
    (void)state;
    enum { SHOWN = 60 };
    struct subject *who = sample_person();
    const char *sqbh = NULL;
    for (int i = 0; i < SHOWN; i++)
        sqbh = new_code(who, true).sqbh;
    const char *index =
        sample_value("SELECT HEX(subject_index) FROM authz WHERE sqbh = X'%s'", sqbh);
    static const enum stmt pages[] = {STMT_AUTHZ_PAGE_USED, STMT_AUTHZ_PAGE_OPEN,
                                      STMT_AUTHZ_PAGE_OVER};
    for (size_t i = 0; i < 3; i++) {
        const char *plan = plan_of(pages[i], index);
        const char *part = strstr(plan, "\"materialized\""); /* what chooses those that were used */
        const char *chosen = pages[i] == STMT_AUTHZ_PAGE_USED && part != NULL ? part : plan;
        if (strstr(chosen, "\"key\": \"authz_subject_page\"") == NULL ||
            strstr(chosen, "filesort") != NULL)
            fail_msg("%s", plan);
        if (pages[i] == STMT_AUTHZ_PAGE_USED)
            assert_non_null(strstr(chosen, "\"using_index\": true"));
    }
}

/* --- uses --- */

/* As if `n` tries had been made, a few in each millisecond. */
static void enter_tries(const char *sqbh, int n)
{
    sample_sql(
        "INSERT INTO call_record (day, app_id, nonce, interface, at_ms, request_id, error, sqbh,"
        " authz_day, authz_digest) SELECT %d, '%s', CONCAT('try-', s.seq, '-%.20s'), 2,"
        " %lld + s.seq DIV 7, UNHEX(MD5(CONCAT('%s', s.seq))), 3005, a.sqbh, a.day, a.digest"
        " FROM seq_1_to_%d s, authz a WHERE a.sqbh = X'%s'",
        clock_day(SAMPLE_NOON), third->app.app_id, sqbh, (long long)sample.now_ms, sqbh, n, sqbh);
    sample_sql("UPDATE authz SET used_at = 1 WHERE sqbh = X'%s'", sqbh);
}

/* A flood of tries hides neither the use before it nor other authorizations. */
static void many_uses(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_out older = new_code(who, true);
    assert_int_equal(verify(older.code), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 1);
    struct issue_out o = new_code(who, true);
    assert_int_equal(verify(o.code), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 2);
    enter_tries(o.sqbh, USES);
    struct auth_list_in in = {.subject = who, .kind = "used"};
    size_t seen = 0, pages = 0;
    int64_t last = INT64_MAX;
    struct page p;
    do {
        p = read_page(&in);
        assert_string_equal(p.items[0].sqbh, o.sqbh);
        const struct auth_use *u = p.items[0].uses.v;
        for (size_t i = 0; i < p.items[0].uses.n; i++) {
            assert_true(u[i].at.v <= last);
            last = u[i].at.v;
            assert_string_equal(u[i].error_code, seen + i < USES ? "3005" : "");
        }
        seen += p.items[0].uses.n;
        assert_in_range(p.items[0].uses.n, 1, AUTH_USES_MOST);
        in.cursor = p.next;
        pages++;
    } while (p.next != NULL);
    assert_int_equal(seen, USES + 1); /* with different numbers of one millisecond: none twice */
    assert_int_equal(pages, 3);
    assert_int_equal(p.n, 2);
    assert_string_equal(p.items[1].sqbh, older.sqbh);
    assert_int_equal(p.items[1].uses.n, 1);
}

/* Where the bound falls on the last use of one: nothing is asked for in vain. */
static void bound_between_two(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    const char *older = new_code(who, true).sqbh;
    sample_set_clock(SAMPLE_NOON + 1);
    const char *newer = new_code(who, true).sqbh;
    enter_tries(newer, AUTH_USES_MOST);
    struct auth_list_in in = {.subject = who, .kind = "used"};
    struct page p = read_page(&in);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.items[0].uses.n, AUTH_USES_MOST);
    assert_null(p.next);
    enter_tries(older, 1);
    p = read_page(&in);
    assert_int_equal(p.n, 1);
    in.cursor = p.next;
    p = read_page(&in);
    assert_int_equal(p.n, 1);
    assert_string_equal(p.items[0].sqbh, older);
    assert_int_equal(p.items[0].uses.n, 1);
    assert_null(p.next);
}

/* --- cursors --- */

static void refused(struct auth_list_in in, const char *cursor)
{
    struct page p;
    in.cursor = cursor;
    assert_int_equal(try(&in, &p), ERR_FIELD_INVALID);
    assert_null(p.next);
}

static void of_this_question_only(void **state)
{
    (void)state;
    struct subject *who = sample_person(), *other = sample_person(), same = *who;
    for (int i = 0; i < 3; i++) {
        (void)new_code(who, true);
        (void)new_code(other, true);
    }
    struct auth_list_in in = {.subject = who, .limit = {true, 1}}, asked = in;
    struct page first = read_page(&in), p;
    assert_non_null(first.next);
    asked.subject = other;
    refused(asked, first.next);
    same.id_type = "414"; /* another kind of document with that number */
    asked.subject = &same;
    refused(asked, first.next);
    asked = in;
    asked.kind = "open";
    refused(asked, first.next);
    asked.kind = "used";
    refused(asked, first.next);
    asked = in;
    asked.since = (struct field_int){true, 1};
    refused(asked, first.next);
    /* the size of a page may change, and another channel may go on */
    asked = in;
    asked.limit.v = 2;
    asked.cursor = first.next;
    assert_int_equal(try(&asked, &p), ERR_OK);
    assert_int_equal(p.n, 2);
    assert_null(p.next);
}

static void forged(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    for (int i = 0; i < 3; i++)
        (void)new_code(who, true);
    struct auth_list_in in = {.subject = who, .limit = {true, 1}};
    const char *good = read_page(&in).next;
    size_t len = strlen(good);
    for (size_t i = 0; i < len; i++) {
        char *bad = pool_strdup(sample.pool, good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        refused(in, bad);
    }
    refused(in, "");
    refused(in, "A");
    refused(in, pool_strndup(sample.pool, good, len - 1));
    refused(in, pool_strndup(sample.pool, good, len - 4));
    refused(in, pool_printf(sample.pool, "%sA", good));
    refused(in, pool_printf(sample.pool, " %.87s", good));
    refused(in, pool_printf(sample.pool, "%.87s+", good));
    refused(in, pool_printf(sample.pool, "%.86s==", good));
    in.cursor = good;
    assert_int_equal(read_page(&in).n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTHORIZE_TEST(codes_on_show),
        AUTHORIZE_TEST(since),
        AUTHORIZE_TEST(nobody),
        AUTHORIZE_TEST(found_by_the_index),
        AUTHORIZE_TEST(many_uses),
        AUTHORIZE_TEST(bound_between_two),
        AUTHORIZE_TEST(of_this_question_only),
        AUTHORIZE_TEST(forged),
    };
    return SAMPLE_RUN("act_list", tests);
}
