/* The rows of apps: each change comes with a rise of the change counter, or it does not come. What
 * an operator may do with them: test_register.c. */
#include "tests/act/act_sample.h"

#include "core/store/admin.h"

static const char *new_id(void)
{
    return pool_printf(sample.pool, "T%.20s", sample_nonce());
}

static int64_t counter(void)
{
    return sample_number("SELECT seq FROM change_counter WHERE id = 1");
}

struct change {
    const struct work *w;
    const struct app_entry *e;
};

static enum err insert(struct db *db, void *arg)
{
    const struct change *c = arg;
    return app_insert(db, c->w->pool, c->e, c->w->now_sec);
}

static enum err update(struct db *db, void *arg)
{
    const struct change *c = arg;
    return app_update(db, c->w->pool, c->e, c->w->now_sec);
}

static enum err add(const struct work *w, const struct app_entry *e)
{
    return db_transact(w->db, insert, &(struct change){w, e});
}

static enum err change(const struct work *w, const struct app_entry *e)
{
    return db_transact(w->db, update, &(struct change){w, e});
}

static const struct app_entry *find(const char *app_id)
{
    const struct work w = sample_work(DB_ADMIN);
    struct app_entry *list;
    size_t n;
    assert_int_equal(admin_app_list(&w, &list, &n), ERR_OK);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            assert_true(strcmp(list[i - 1].app_id, list[i].app_id) < 0); /* by app_id, each once */
        if (strcmp(list[i].app_id, app_id) == 0)
            return &list[i];
    }
    return NULL;
}

static struct app_entry sample_entry(const char *app_id)
{
    static const uint8_t key[] = {0x30, 0x01, 0x02};
    return (struct app_entry){.app_id = app_id,
                              .kind = APP_CHANNEL,
                              .name = "示例机构",
                              .uscc = "91999999MA0000003W",
                              .spki = key,
                              .spki_len = sizeof key,
                              .channel = "06",
                              .allow_list = "192.0.2.0/24",
                              .rate_per_sec = 7,
                              .status = APP_ACTIVE};
}

/* --- apps --- */

static void registered(void **state)
{
    (void)state;
    const struct work w = sample_work(DB_ADMIN);
    const struct app_entry e = sample_entry(new_id());
    struct app_entry plain = {.app_id = new_id(),
                              .kind = APP_SERVICE,
                              .name = "示例",
                              .uscc = "x",
                              .allow_list = "::/0",
                              .status = APP_SUSPENDED};
    int64_t seq = counter();
    assert_int_equal(add(&w, &e), ERR_OK);
    assert_int_equal(counter(), seq + 1);
    assert_int_equal(sample_number("SELECT seq FROM app WHERE app_id = '%s'", e.app_id), seq + 1);
    const struct app_entry *f = find(e.app_id);
    assert_non_null(f);
    assert_int_equal(f->kind, APP_CHANNEL);
    assert_string_equal(f->name, "示例机构");
    assert_string_equal(f->uscc, e.uscc);
    assert_int_equal(f->spki_len, 3);
    assert_memory_equal(f->spki, e.spki, 3);
    assert_string_equal(f->channel, "06");
    assert_string_equal(f->allow_list, "192.0.2.0/24");
    assert_int_equal(f->rate_per_sec, 7);
    assert_int_equal(f->status, APP_ACTIVE);
    assert_int_equal(f->updated_at, SAMPLE_NOON);
    assert_int_equal(add(&w, &plain), ERR_OK);
    f = find(plain.app_id);
    assert_null(f->spki);
    assert_null(f->channel);
    assert_int_equal(f->rate_per_sec, 0);
    assert_int_equal(f->status, APP_SUSPENDED);
}

static void taken(void **state)
{
    (void)state;
    const struct work w = sample_work(DB_ADMIN);
    struct app_entry e = sample_entry(new_id());
    assert_int_equal(add(&w, &e), ERR_OK);
    int64_t seq = counter();
    e.kind = APP_SYSTEM;
    e.name = "别人";
    assert_int_equal(add(&w, &e), ERR_DUPLICATE);
    assert_int_equal(find(e.app_id)->kind, APP_CHANNEL);
    assert_int_equal(counter(), seq);
}

/* What the table does not hold is refused as a whole. */
static void too_long(void **state)
{
    (void)state;
    const struct work w = sample_work(DB_ADMIN);
    struct app_entry good = sample_entry(new_id()), e = good;
    char *text = pool_alloc(sample.pool, 2000);
    memset(text, 'x', 1999);
    int64_t seq = counter();
    e.app_id = pool_strndup(sample.pool, text, 33);
    assert_int_equal(add(&w, &e), ERR_STORAGE);
    e = good;
    e.name = pool_strndup(sample.pool, text, 129);
    assert_int_equal(add(&w, &e), ERR_STORAGE);
    e = good;
    e.allow_list = pool_strndup(sample.pool, text, 1025);
    assert_int_equal(add(&w, &e), ERR_STORAGE);
    e = good;
    e.uscc = "证"; /* a column of ASCII */
    assert_int_equal(add(&w, &e), ERR_STORAGE);
    assert_null(find(good.app_id));
    assert_int_equal(counter(), seq);
    assert_int_equal(add(&w, &good), ERR_OK); /* the connection is as good as before */
}

static void written_as_it_is(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct app_entry e = sample_entry(new_id());
    static const uint8_t before[] = {0x30, 0x09};
    assert_int_equal(add(&w, &e), ERR_OK);
    int64_t seq = counter();
    w.now_sec = SAMPLE_NOON + 9;
    e.status = APP_SUSPENDED;
    e.channel = NULL;
    e.rate_per_sec = 0;
    e.previous = before;
    e.previous_len = sizeof before;
    e.previous_until = SAMPLE_NOON + 60;
    assert_int_equal(change(&w, &e), ERR_OK);
    assert_int_equal(counter(), seq + 1);
    const struct app_entry *f = find(e.app_id);
    assert_int_equal(f->status, APP_SUSPENDED);
    assert_int_equal(f->updated_at, SAMPLE_NOON + 9);
    assert_null(f->channel);
    assert_int_equal(f->rate_per_sec, 0);
    assert_int_equal(f->previous_len, sizeof before);
    assert_memory_equal(f->previous, before, sizeof before);
    assert_int_equal(f->previous_until, SAMPLE_NOON + 60);
    e.previous = NULL;
    e.previous_len = 0;
    e.previous_until = 0;
    assert_int_equal(change(&w, &e), ERR_OK);
    assert_null(find(e.app_id)->previous);
}

/* Keys that an app has had are kept, so that what they signed can be checked. */
static void keys_kept(void **state)
{
    (void)state;
    static const uint8_t second[] = {0x30, 0x09}, third[] = {0x30, 0x0a, 0x0b, 0x0c};
    struct work w = sample_work(DB_ADMIN);
    const struct app_entry e = sample_entry(new_id());
    struct app_spki *keys;
    size_t n;
    assert_int_equal(admin_app_keys(&w, e.app_id, &keys, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(add(&w, &e), ERR_OK);
    w.now_sec++;
    struct app_entry x = e;
    x.spki = second;
    x.spki_len = sizeof second;
    assert_int_equal(change(&w, &x), ERR_OK);
    w.now_sec++;
    x.spki = third;
    x.spki_len = sizeof third;
    assert_int_equal(change(&w, &x), ERR_OK);
    w.now_sec++;
    x.spki = second;
    x.spki_len = sizeof second;
    assert_int_equal(change(&w, &x), ERR_OK); /* back */
    assert_int_equal(admin_app_keys(&w, e.app_id, &keys, &n), ERR_OK);
    assert_int_equal(n, 3);
    assert_int_equal(keys[0].len, sizeof third); /* by when they came first, newest first */
    assert_memory_equal(keys[0].der, third, sizeof third);
    assert_memory_equal(keys[1].der, second, sizeof second);
    assert_memory_equal(keys[2].der, e.spki, e.spki_len);
    assert_int_equal(find(e.app_id)->spki_len, sizeof second);
    assert_int_equal(keys[0].since, SAMPLE_NOON + 2);
}

static void places(void **state)
{
    (void)state;
    const struct work w = sample_work(DB_ADMIN);
    const char *name;
    /* GB/T 2260 */
    assert_int_equal(admin_place_name(&w, "510000", &name), ERR_OK);
    assert_string_equal(name, "四川省");
    assert_int_equal(admin_place_name(&w, "510107", &name), ERR_OK);
    assert_string_equal(name, "武侯区");
    static const char *const unknown[] = {"999999", "000000", "", "51", "5101070", "x"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(admin_place_name(&w, unknown[i], &name), ERR_ABSENT);
}

static void durable(void **state)
{
    (void)state;
    const struct work w = sample_work(DB_ADMIN);
    bool yes = false;
    assert_int_equal(admin_is_durable(&w, &yes), ERR_OK);
    assert_true(yes);
    sample_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    assert_int_equal(admin_is_durable(&w, &yes), ERR_OK);
    sample_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    assert_false(yes);
}

/* --- operators at once --- */

static enum err add_one(int i, struct db *db, void *arg)
{
    struct pool *p = pool_new(false);
    const struct work w = {.pool = p, .kr = sample.kr, .db = db, .now_sec = SAMPLE_NOON};
    struct app_entry e = sample_entry(((const char *const *)arg)[i]);
    enum err rc;
    do
        rc = add(&w, &e);
    while (rc == ERR_BUSY);
    pool_destroy(&p);
    return rc;
}

/* Six operators, three app_ids: three get theirs, and no change goes past a cache that has read the
 * counter. */
static void at_once(void **state)
{
    (void)state;
    enum { OPERATORS = 6 };
    const char *ids[OPERATORS];
    enum err results[SAMPLE_RACE_MOST];
    int64_t seq = counter();
    for (int i = 0; i < OPERATORS; i++)
        ids[i] = i < 3 ? new_id() : ids[i - 3];
    sample_race(OPERATORS, DB_ADMIN, add_one, ids, results);
    assert_int_equal(sample_count(results, OPERATORS, ERR_OK), 3);
    assert_int_equal(sample_count(results, OPERATORS, ERR_DUPLICATE), 3);
    assert_int_equal(counter(), seq + 3);
    assert_int_equal(
        sample_number("SELECT COUNT(DISTINCT seq) FROM app WHERE app_id IN ('%s', '%s',"
                      " '%s')",
                      ids[0], ids[1], ids[2]),
        3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(registered),       SAMPLE_TEST(taken),     SAMPLE_TEST(too_long),
        SAMPLE_TEST(written_as_it_is), SAMPLE_TEST(keys_kept), SAMPLE_TEST(places),
        SAMPLE_TEST(durable),          SAMPLE_TEST(at_once),
    };
    return SAMPLE_RUN("admin", tests);
}
