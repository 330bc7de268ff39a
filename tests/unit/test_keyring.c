/* keyring: how its files are made, and what makes them unfit. */
#include "tests/unit/keyring_sample.h"

#include "core/crypto/keyring_file.h"

static void assert_closed(const char *dir, enum err why)
{
    struct keyring *kr = NULL;

    assert_int_equal(keyring_open(dir, &kr), why);
    assert_null(kr);
}

/* --- making --- */

static void test_create(void **state)
{
    char *dir = new_ring();
    struct stat st;
    size_t len;

    (void)state;
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stat(path_of(dir, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    assert_int_equal(strspn(content(path_of(dir, names[0]), &len), "0123456789abcdef"), 64);
    assert_int_equal(len, 65);
    assert_non_null(strstr(content(path_of(dir, names[1]), NULL), "BEGIN ENCRYPTED PRIVATE KEY"));
    assert_int_equal(strspn(content(path_of(dir, names[2]), &len), "0123456789abcdef"), 224);
    assert_int_equal(len, 225);
    assert_int_equal(sample_shell(pool, pool_printf(pool, "ls -A %s | wc -l", dir), NULL)[0], '3');
}

static void test_create_in_an_existing_directory(void **state)
{
    char *dir = new_dir();

    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    overwrite(path_of(dir, "app.pem"), "x", 1);
    assert_int_equal(keyring_create(dir), ERR_OK);
    struct keyring *kr = opened(dir);
    keyring_free(&kr);
    keyring_free(&kr);
}

static void test_create_refuses(void **state)
{
    char *dir = new_dir();

    (void)state;
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(keyring_create(dir), ERR_BAD);
    assert_int_equal(keyring_create(path_of(dir, "missing/keys")), ERR_ABSENT);
    overwrite(path_of(dir, "file"), "x", 1);
    assert_int_equal(keyring_create(path_of(dir, "file")), ERR_IO);
    assert_int_equal(access(path_of(dir, names[0]), F_OK), -1);
}

static void test_create_never_overwrites(void **state)
{
    char *dir = new_ring();
    char *before = sample_shell(pool, pool_printf(pool, "cd %s && cat *", dir), NULL);

    (void)state;
    assert_int_equal(keyring_create(dir), ERR_DUPLICATE);
    assert_string_equal(before, sample_shell(pool, pool_printf(pool, "cd %s && cat *", dir), NULL));
}

/* Also where another process made the file after we looked. */
static void test_write_never_overwrites(void **state)
{
    char *dir = new_dir();
    int fd;

    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    overwrite(path_of(dir, "there"), "old", 3);
    assert_int_equal(symlink("elsewhere", path_of(dir, "link")), 0);
    assert_int_equal(secret_dir_open(dir, false, &fd), ERR_OK);
    assert_int_equal(secret_file_write(fd, "there", "new!", 4), ERR_DUPLICATE);
    assert_int_equal(secret_file_write(fd, "link", "new!", 4), ERR_DUPLICATE);
    assert_string_equal(content(path_of(dir, "there"), NULL), "old");
    assert_int_equal(access(path_of(dir, "elsewhere"), F_OK), -1);
    assert_true(secret_file_exists(fd, "link")); /* though it leads nowhere */
    assert_int_equal(close(fd), 0);
    assert_int_equal(keyring_create(dir), ERR_OK);
}

/* Each set of files that a crash, or a careless hand, can leave: never open, never overwritten. */
static void test_incomplete(void **state)
{
    (void)state;
    for (unsigned missing = 1; missing < 8; missing++) {
        char *dir = new_ring();
        for (size_t i = 0; i < 3; i++)
            if (missing >> i & 1)
                assert_int_equal(unlink(path_of(dir, names[i])), 0);
        assert_closed(dir, ERR_ABSENT);
        assert_int_equal(keyring_create(dir), missing == 7 ? ERR_OK : ERR_DUPLICATE);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(access(path_of(dir, names[i]), F_OK),
                             (missing >> i & 1) && missing != 7 ? -1 : 0);
    }
    assert_closed(new_dir(), ERR_ABSENT);
}

/* What a crash in the middle of writing leaves. */
static void test_truncated(void **state)
{
    char *dir = new_ring();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t len;
        char *whole = content(path_of(dir, names[i]), &len);
        for (size_t n = 0; n < len - 1; n += n < len - 4 ? len / 9 : 1) {
            overwrite(path_of(dir, names[i]), whole, n);
            assert_closed(dir, ERR_BAD);
        }
        overwrite(path_of(dir, names[i]), whole, len);
    }
    struct keyring *kr = opened(dir);
    keyring_free(&kr);
}

/* --- opening --- */

static void test_open_is_repeatable(void **state)
{
    char *dir = new_ring();
    struct keyring *a = opened(dir), *b = opened(dir);
    const struct sm3_part part = {"x", 1};
    uint8_t one[SM3_LEN], two[SM3_LEN], point_a[SM2_POINT_LEN], point_b[SM2_POINT_LEN];

    (void)state;
    keyring_pseudonym(a, &part, 1, one);
    keyring_pseudonym(b, &part, 1, two);
    assert_memory_equal(one, two, SM3_LEN);
    sm2_key_point(keyring_system_key(a), point_a);
    sm2_key_point(keyring_system_key(b), point_b);
    assert_memory_equal(point_a, point_b, SM2_POINT_LEN);
    keyring_free(&a);
    keyring_free(&b);
}

static void test_open_refuses_modes(void **state)
{
    static const mode_t bad[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666, 0777};
    char *dir = new_ring();

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t m = 0; m < sizeof bad / sizeof bad[0]; m++) {
            assert_int_equal(chmod(path_of(dir, names[i]), bad[m]), 0);
            assert_closed(dir, ERR_BAD);
            assert_int_equal(chmod(path_of(dir, names[i]), 0600), 0);
        }
    assert_int_equal(chmod(dir, 0750), 0);
    assert_closed(dir, ERR_BAD);
    assert_int_equal(chmod(dir, 0701), 0);
    assert_closed(dir, ERR_BAD);
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(chmod(path_of(dir, names[0]), 0400), 0); /* stricter is welcome */
    struct keyring *kr = opened(dir);
    keyring_free(&kr);
}

static void test_open_refuses_what_is_no_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *dir = new_ring();
        assert_int_equal(unlink(path_of(dir, names[i])), 0);
        assert_int_equal(mkdir(path_of(dir, names[i]), 0700), 0);
        assert_closed(dir, ERR_BAD);
        dir = new_ring();
        assert_int_equal(unlink(path_of(dir, names[i])), 0);
        assert_int_equal(mkfifo(path_of(dir, names[i]), 0600), 0); /* and doesn't wait */
        assert_closed(dir, ERR_BAD);
    }
}

static void test_open_refuses_content(void **state)
{
    static const char *const bad[] = {"\n", "not hexadecimal\n", "00", "0\n\n\n"};
    char *dir = new_ring();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t len;
        char *whole = content(path_of(dir, names[i]), &len);
        for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
            overwrite(path_of(dir, names[i]), bad[b], strlen(bad[b]));
            assert_closed(dir, ERR_BAD);
        }
        char *longer = pool_alloc(pool, 10000);
        memset(longer, '0', 10000);
        memcpy(longer, whole, len);
        overwrite(path_of(dir, names[i]), longer, 10000);
        assert_closed(dir, ERR_BAD);
        overwrite(path_of(dir, names[i]), whole, len);
    }
    struct keyring *kr = opened(dir);
    keyring_free(&kr);
}

static void test_open_refuses_altered_data_key(void **state)
{
    char *dir = new_ring(), *path = path_of(dir, names[2]), *whole = content(path, NULL);

    (void)state;
    for (size_t i = 0; i < 224; i += 13) { /* salt, iv, ciphertext, MAC */
        char *text = pool_strdup(pool, whole);
        text[i] = text[i] == '0' ? '1' : '0';
        overwrite(path, text, 225);
        assert_closed(dir, ERR_BAD);
    }
}

/* Files of two rings don't mix: each opens only with its own passphrase. */
static void test_open_refuses_mixed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *a = new_ring(), *b = new_ring();
        size_t len;
        char *other = content(path_of(b, names[i]), &len);
        overwrite(path_of(a, names[i]), other, len);
        assert_closed(a, ERR_BAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_in_an_existing_directory),
        cmocka_unit_test(test_create_refuses),
        cmocka_unit_test(test_create_never_overwrites),
        cmocka_unit_test(test_write_never_overwrites),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_open_is_repeatable),
        cmocka_unit_test(test_open_refuses_modes),
        cmocka_unit_test(test_open_refuses_what_is_no_file),
        cmocka_unit_test(test_open_refuses_content),
        cmocka_unit_test(test_open_refuses_altered_data_key),
        cmocka_unit_test(test_open_refuses_mixed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
