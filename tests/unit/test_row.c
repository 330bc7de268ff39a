/* row: rows into structs, and results that do not fit their table. */
#include "tests/unit/keyring_sample.h"

#include "core/store/db.h"
#include "core/store/row.h"

enum colour { RED = 1, BLUE = 2 };
struct sample {
    enum colour colour;
    int32_t day;
    int64_t at;
    bool on;
    enum err error;
    const char *name;
    uint8_t digest[4];
    const uint8_t *hash;
    const uint8_t *key;
    size_t key_len;
    const char *secret;
    const char *body;
    size_t body_len;
    int untouched;
};

static struct row_context place_of(struct pool *p, const char *name, const void *row)
{
    return row_context_key(p, name, ((const struct sample *)row)->digest, 4);
}

/* The sealed ones stand before the digest that their place is made of. */
static const struct row_column column[] = {
    COL_INT(struct sample, colour),
    COL_INT(struct sample, day),
    COL_INT(struct sample, at),
    COL_FLAG(struct sample, on),
    COL_ERROR(struct sample, error),
    COL_TEXT(struct sample, name),
    COL_SEALED(struct sample, secret),
    COL_SEALED_BLOB(struct sample, body, body_len),
    COL_ARRAY(struct sample, digest),
    COL_BYTES(struct sample, hash, 3),
    COL_BLOB(struct sample, key, key_len),
};
static const struct row_columns columns = ROW_COLUMNS(struct sample, column, place_of);
enum { COLUMNS = 11, COLOUR = 0, DAY = 1, NAME = 5, SECRET = 6, DIGEST = 8, HASH = 9, KEY = 10 };

static struct keyring *kr;

static int setup_ring(void **state)
{
    int rc = setup(state);
    kr = opened(new_ring());
    return rc;
}

static int teardown_ring(void **state)
{
    keyring_free(&kr);
    return teardown(state);
}

static struct row_cell bytes(const void *p, size_t len)
{
    return (struct row_cell){.p = p, .len = len};
}

static struct row_cell sealed(const char *context, const char *text)
{
    uint8_t *out;
    size_t len;
    keyring_seal(kr, context, strlen(context), text, strlen(text), pool, &out, &len);
    return bytes(out, len);
}

/* A row that fits. */
static void fill(struct row_cell cell[COLUMNS])
{
    const struct row_cell all[COLUMNS] = {
        {.i = 2},
        {.i = 20000},
        {.i = INT64_C(1758672000123)},
        {.i = 1},
        {.i = 3004},
        bytes("invented name and more", 13),
        sealed("secretdgst", "hidden"),
        sealed("bodydgst", ""),
        bytes("dgst", 4),
        bytes("\x01\0\x03", 3),
        bytes("spki", 4),
    };
    memcpy(cell, all, sizeof all);
}

static enum err read_into(struct sample *s, const struct row_cell *cell)
{
    return row_read(&columns, cell, kr, pool, s);
}

static void test_every_kind(void **state)
{
    struct row_cell cell[COLUMNS];
    struct sample s = {.untouched = 77};
    (void)state;
    fill(cell);
    assert_int_equal(read_into(&s, cell), ERR_OK);
    assert_int_equal(s.colour, BLUE);
    assert_int_equal(s.day, 20000);
    assert_true(s.at == INT64_C(1758672000123));
    assert_true(s.on);
    assert_int_equal(s.error, ERR_CODE_EXPIRED);
    assert_string_equal(s.name, "invented name");
    assert_memory_equal(s.digest, "dgst", 4);
    assert_memory_equal(s.hash, "\x01\0\x03", 3);
    assert_int_equal(s.key_len, 4);
    assert_memory_equal(s.key, "spki", 4);
    assert_string_equal(s.secret, "hidden");
    assert_int_equal(s.body_len, 0);
    assert_string_equal(s.body, "");
    assert_int_equal(s.untouched, 77);
}

static void test_null(void **state)
{
    struct row_cell cell[COLUMNS];
    struct sample s;
    (void)state;
    memset(&s, 0xff, sizeof s);
    for (int i = 0; i < COLUMNS; i++)
        cell[i] = (struct row_cell){.null = true, .i = 5};
    assert_int_equal(read_into(&s, cell), ERR_OK);
    assert_int_equal(s.colour, 0);
    assert_int_equal(s.at, 0);
    assert_false(s.on);
    assert_int_equal(s.error, ERR_OK);
    assert_null(s.name);
    assert_memory_equal(s.digest, "\0\0\0\0", 4);
    assert_null(s.hash);
    assert_null(s.key);
    assert_int_equal(s.key_len, 0);
    assert_null(s.secret);
    assert_null(s.body);
    assert_int_equal(s.body_len, 0);
}

/* What the reader points at outlives the buffer of the row, unless it was in the pool already. */
static void test_memory(void **state)
{
    struct row_cell cell[COLUMNS];
    struct sample s;
    char buffer[] = "short";
    (void)state;
    fill(cell);
    cell[NAME] = bytes(buffer, 5);
    assert_int_equal(read_into(&s, cell), ERR_OK);
    memset(buffer, 'x', 5);
    assert_string_equal(s.name, "short");
    cell[NAME] = (struct row_cell){.kept = true, .p = (const uint8_t *)buffer, .len = 5};
    assert_int_equal(read_into(&s, cell), ERR_OK);
    assert_ptr_equal(s.name, buffer);
}

static void test_values_that_do_not_fit(void **state)
{
    struct row_cell cell[COLUMNS];
    struct sample s;
    (void)state;
    fill(cell);
    cell[DAY].i = INT64_C(1) << 32;
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    cell[DAY].i = (int64_t)INT32_MIN - 1;
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    cell[DIGEST].len = 3;
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    cell[DIGEST] = bytes("dgst5", 5);
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    cell[HASH].len = 2;
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    cell[HASH] = bytes("", 0);
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
}

static void test_sealed_elsewhere(void **state)
{
    struct row_cell cell[COLUMNS];
    struct sample s;
    (void)state;
    fill(cell);
    cell[DIGEST] = bytes("dgsT", 4); /* another row */
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    cell[SECRET] = sealed("bodydgst", "hidden"); /* another column */
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    ((uint8_t *)(uintptr_t)cell[SECRET].p)[17] ^= 1;
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    cell[SECRET].len = 0;
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
    fill(cell);
    cell[SECRET] = bytes("hidden", 6); /* not sealed at all */
    assert_int_equal(read_into(&s, cell), ERR_STORAGE);
}

/* --- at connect --- */

static void results_of(struct row_result r[COLUMNS + 1])
{
    static const char *const member[COLUMNS] = {"colour", "day",  "at",     "on",   "error", "name",
                                                "secret", "body", "digest", "hash", "key"};
    for (int i = 0; i < COLUMNS; i++)
        r[i] = (struct row_result){.name = member[i], .number = i <= 4};
    r[COLUMNS] = (struct row_result){.name = "more", .number = true};
}

static void assert_misfit(const struct row_result *r, unsigned n, const char *why)
{
    const char *said = NULL;
    assert_false(row_columns_fit(&columns, r, n, pool, &said));
    assert_string_equal(said, why);
}

static void test_result_fits(void **state)
{
    struct row_result r[COLUMNS + 1];
    const char *said = NULL;
    (void)state;
    results_of(r);
    assert_true(row_columns_fit(&columns, r, COLUMNS, pool, &said));
    assert_null(said);
}

static void test_result_does_not_fit(void **state)
{
    struct row_result r[COLUMNS + 1];
    (void)state;
    results_of(r);
    assert_misfit(r, 0, "0 columns instead of 11");
    assert_misfit(r, COLUMNS - 1, "10 columns instead of 11");
    assert_misfit(r, COLUMNS + 1, "12 columns instead of 11");

    r[COLOUR] = (struct row_result){.name = "day", .number = true};
    r[DAY] = (struct row_result){.name = "colour", .number = true};
    assert_misfit(r, COLUMNS, "column 1 is day instead of colour");
    results_of(r);
    r[NAME].name = "Name";
    assert_misfit(r, COLUMNS, "column 6 is Name instead of name");
    r[NAME].name = "";
    assert_misfit(r, COLUMNS, "column 6 is  instead of name");
    results_of(r);
    r[KEY].number = true;
    assert_misfit(r, COLUMNS, "column key holds numbers instead of bytes");
    results_of(r);
    r[DAY].number = false;
    assert_misfit(r, COLUMNS, "column day holds bytes instead of numbers");
    results_of(r);
    r[SECRET].number = true;
    assert_misfit(r, COLUMNS, "column secret holds numbers instead of bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_values_that_do_not_fit),
        cmocka_unit_test(test_sealed_elsewhere),
        cmocka_unit_test(test_result_fits),
        cmocka_unit_test(test_result_does_not_fit),
    };
    return cmocka_run_group_tests(tests, setup_ring, teardown_ring);
}
