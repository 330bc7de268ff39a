#include "tests/act/act_sample.h"

#include <mysql.h>
#include <pthread.h>

#include "core/act/register/key_proof.h"
#include "core/act/register/register.h"
#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/store/admin.h"

struct sample sample;
static struct pool *kept; /* of the whole program */
static struct db *connections[DB_ROLES];
static MYSQL *root;

/* --- the program --- */

/* As the database's own user where `account` is NULL. Beside the product's way to the store, which
 * has prepared statements only. */
static MYSQL *connect_as(const char *account, const char *password)
{
    MYSQL *my = mysql_init(NULL);
    if (my != NULL &&
        mysql_real_connect(my, NULL, account, password, sample.conf.db_name, 0,
                           sample.conf.db_socket, CLIENT_MULTI_STATEMENTS) != NULL &&
        mysql_query(my, "SET SESSION sql_mode = 'TRADITIONAL', SESSION time_zone = '+00:00'") == 0)
        return my;
    if (my != NULL)
        (void)fprintf(stderr, "%s\n", mysql_error(my));
    mysql_close(my);
    return NULL;
}

int sample_open(void **state)
{
    (void)state;
    kept = pool_new(true);
    log_init("act-test", LOG_FATAL); /* refusals are what most tests are about */
    const char *var = conf_var_dir(kept);
    if (getenv("ZWM_VAR") == NULL || conf_load(kept, var, &sample.conf, stderr) != ERR_OK ||
        keyring_open(sample.conf.keys_dir, &sample.kr) != ERR_OK) {
        (void)fprintf(stderr, "no instance in %s: use tests/run-act\n", var);
        return 1;
    }
    root = connect_as(NULL, NULL);
    return root == NULL;
}

int sample_close(void **state)
{
    (void)state;
    for (int i = 0; i < DB_ROLES; i++)
        db_close(&connections[i]);
    mysql_close(root);
    keyring_free(&sample.kr);
    pool_destroy(&kept);
    return 0;
}

int sample_begin(void **state)
{
    (void)state;
    sample.pool = pool_new(true);
    sample_set_clock(SAMPLE_NOON);
    return 0;
}

int sample_end(void **state)
{
    (void)state;
    for (int i = 0; i < DB_ROLES; i++)
        if (connections[i] != NULL)
            db_rollback(connections[i]);
    pool_destroy(&sample.pool);
    return 0;
}

void sample_set_clock(int64_t sec)
{
    sample.now_sec = sec;
    sample.now_ms = sec * 1000;
}

/* --- the store --- */

struct db *sample_db_new(enum db_role role)
{
    struct db *db = NULL;
    assert_int_equal(db_open(&sample.conf, role, &db), ERR_OK);
    return db;
}

struct db *sample_db(enum db_role role)
{
    int i = 0;
    while (1U << i != (unsigned)role)
        i++;
    if (connections[i] == NULL)
        connections[i] = sample_db_new(role);
    return connections[i];
}

/* Runs what may be several statements; what they give is thrown away. */
static bool run_all(MYSQL *my, const char *sql)
{
    int rc = mysql_query(my, sql);
    while (rc == 0) {
        MYSQL_RES *res = mysql_store_result(my);
        if (res != NULL)
            mysql_free_result(res);
        if (!mysql_more_results(my))
            return true;
        rc = mysql_next_result(my);
    }
    return false;
}

void sample_sql(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = pool_vprintf(sample.pool, fmt, ap);
    va_end(ap);
    if (!run_all(root, sql))
        fail_msg("failed: %s: %s", sql, mysql_error(root));
}

static const char *first_value(const char *sql)
{
    MYSQL_RES *res = mysql_query(root, sql) == 0 ? mysql_store_result(root) : NULL;
    if (res == NULL)
        fail_msg("failed: %s: %s", sql, mysql_error(root));
    MYSQL_ROW row = mysql_fetch_row(res);
    const char *value = row != NULL && row[0] != NULL ? pool_strdup(sample.pool, row[0]) : NULL;
    mysql_free_result(res);
    return value;
}

bool sample_may(enum db_role role, const char *sql)
{
    char password[128] = "";
    FILE *f =
        fopen(pool_printf(sample.pool, "%s/%s", sample.conf.keys_dir, db_role_file(role)), "re");
    assert_non_null(f);
    assert_non_null(fgets(password, sizeof password, f));
    assert_int_equal(fclose(f), 0);
    password[strcspn(password, "\n")] = '\0';
    MYSQL *my = connect_as(db_role_account(role), password);
    assert_non_null(my);
    bool may = run_all(my, sql);
    mysql_close(my);
    return may;
}

static bool take_flag(MYSQL_RES *res)
{
    MYSQL_ROW row = res != NULL ? mysql_fetch_row(res) : NULL;
    bool set = row != NULL && row[0] != NULL && strcmp(row[0], "1") == 0;
    if (res != NULL)
        mysql_free_result(res);
    return set;
}

bool sample_somebody_waits(void)
{
    return mysql_query(root, "SELECT VARIABLE_VALUE > 0 FROM information_schema.GLOBAL_STATUS WHERE"
                             " VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'") == 0 &&
           take_flag(mysql_store_result(root));
}

const char *sample_value(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = pool_vprintf(sample.pool, fmt, ap);
    va_end(ap);
    return first_value(sql);
}

int64_t sample_number(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = pool_vprintf(sample.pool, fmt, ap);
    va_end(ap);
    const char *text = first_value(sql);
    assert_non_null(text);
    return strtoll(text, NULL, 10);
}

const char *sample_hex(const uint8_t *data, size_t len)
{
    char *text = pool_alloc(sample.pool, 2 * len + 1);
    hex_encode(data, len, text);
    return pool_printf(sample.pool, "X'%s'", text);
}

struct work sample_work(enum db_role role)
{
    return (struct work){.pool = sample.pool,
                         .conf = &sample.conf,
                         .kr = sample.kr,
                         .db = sample_db(role),
                         .now_ms = sample.now_ms,
                         .now_sec = sample.now_sec};
}

/* --- invented ones --- */

uint8_t *sample_bytes(size_t len)
{
    uint8_t *out = pool_alloc(sample.pool, len + 1);
    rand_bytes(out, len);
    return out;
}

const char *sample_nonce(void)
{
    char text[33];
    hex_encode(sample_bytes(16), 16, text);
    return pool_strdup(sample.pool, text);
}

static unsigned next_number(void)
{
    uint32_t n;
    rand_bytes(&n, sizeof n);
    return n;
}

/* GB 11643, ISO 7064 MOD 11-2. Division 999999 does not exist. */
const char *sample_id_no(void)
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned n = next_number(), sum = 0;
    char *text = pool_printf(sample.pool, "999999%04u%02u%02u%03u?", 1900 + n % 90, 1 + n / 90 % 12,
                             1 + n / 1080 % 28, n / 30240 % 1000);
    for (int i = 0; i < 17; i++)
        sum += (unsigned)((text[i] - '0') * weights[i]);
    text[17] = "10X98765432"[sum % 11];
    return text;
}

/* GB 32100: 31 characters, weights 3^i mod 31. */
const char *sample_uscc(void)
{
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned weight = 1, sum = 0;
    char *text = pool_printf(sample.pool, "91999999MA%07u?", next_number() % 10000000);
    for (int i = 0; i < 17; i++) {
        sum += (unsigned)(strchr(digits, text[i]) - digits) * weight;
        weight = weight * 3 % 31;
    }
    text[17] = digits[(31 - sum % 31) % 31];
    return text;
}

static void free_key(void *arg)
{
    struct sm2_key *key = arg;
    sm2_key_free(&key);
}

const struct sample_app *sample_app_new(enum app_kind kind, const char *channel)
{
    struct sample_app *a = pool_alloc(sample.pool, sizeof *a);
    uint8_t *spki;
    size_t len;
    a->key = sm2_key_generate();
    pool_on_destroy(sample.pool, free_key, a->key);
    sm2_key_spki(a->key, sample.pool, &spki, &len);
    a->app = (struct app){.kind = kind,
                          .status = APP_ACTIVE,
                          .name = pool_strdup(sample.pool, "示例机构（虚构）"),
                          .uscc = pool_strdup(sample.pool, sample_uscc()),
                          .key = a->key};
    (void)snprintf(a->app.app_id, sizeof a->app.app_id, "T%.30s", sample_nonce());
    if (channel != NULL)
        (void)snprintf(a->app.channel, sizeof a->app.channel, "%s", channel);
    struct db *db = sample_db(DB_ADMIN);
    const struct app_entry row = {.app_id = a->app.app_id,
                                  .kind = kind,
                                  .name = a->app.name,
                                  .uscc = a->app.uscc,
                                  .spki = spki,
                                  .spki_len = len,
                                  .channel = channel,
                                  .status = APP_ACTIVE};
    assert_int_equal(app_insert(db, sample.pool, &row, sample.now_sec), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return a;
}

void sample_rekey(const struct sample_app *a, const struct sm2_key *key, int64_t overlap_sec)
{
    const struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    const char *proof;
    assert_int_equal(key_proof_make(w.pool, key, w.conf->system, a->app.app_id, w.now_sec, &proof),
                     ERR_OK);
    assert_int_equal(act_app_key(&w, a->app.app_id, proof, strlen(proof), overlap_sec, &r), ERR_OK);
}

/* --- several at once --- */

struct runner {
    pthread_t thread;
    pthread_barrier_t *start;
    int i;
    struct db *db;
    enum err (*fn)(int i, struct db *db, void *arg);
    void *arg;
    enum err result;
};

static void *run(void *arg)
{
    struct runner *r = arg;
    (void)pthread_barrier_wait(r->start);
    r->result = r->fn(r->i, r->db, r->arg);
    return NULL;
}

void sample_race(int n, enum db_role role, enum err (*fn)(int i, struct db *db, void *arg),
                 void *arg, enum err results[SAMPLE_RACE_MOST])
{
    struct runner runners[SAMPLE_RACE_MOST];
    pthread_barrier_t start;
    assert_in_range(n, 1, SAMPLE_RACE_MOST);
    assert_int_equal(pthread_barrier_init(&start, NULL, (unsigned)n), 0);
    for (int i = 0; i < n; i++)
        runners[i] = (struct runner){
            .start = &start, .i = i, .db = sample_db_new(role), .fn = fn, .arg = arg};
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
    for (int i = 0; i < n; i++) {
        assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
        results[i] = runners[i].result;
        db_close(&runners[i].db);
    }
    (void)pthread_barrier_destroy(&start);
}

int sample_count(const enum err *results, int n, enum err e)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        found += results[i] == e;
    return found;
}
