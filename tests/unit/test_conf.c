/* conf: settings read from files that operators write. Names, defaults and bounds are those of
 * docs/operations.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/conf.h"

static struct pool *pool;
static char dir[] = "/tmp/zwm-conf-XXXXXX";
static char *path;

static int make_dir(void **state)
{
    (void)state;
    pool = pool_new(false);
    if (mkdtemp(dir) == NULL)
        return 1;
    path = pool_printf(pool, "%s/zwm.conf", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)rmdir(dir);
    pool_destroy(&pool);
    return 0;
}

static void write_bytes(const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    assert_int_equal(close(fd), 0);
}

/* Loads a file of this text; what is said about it goes to `said_r`, in the pool. */
static enum err load_bytes(const char *text, size_t len, struct conf *c, char **said_r)
{
    char *said = NULL;
    size_t said_len = 0;
    FILE *err_out = open_memstream(&said, &said_len);
    assert_non_null(err_out);
    write_bytes(text, len);
    enum err e = conf_load(pool, dir, c, err_out);
    assert_int_equal(fclose(err_out), 0);
    *said_r = pool_strdup(pool, said);
    free(said);
    /* The same without a place to say it. */
    struct conf again;
    assert_int_equal(conf_load(pool, dir, &again, NULL), e);
    return e;
}

static void accepted(const char *text, struct conf *c)
{
    char *said;
    if (load_bytes(text, strlen(text), c, &said) != ERR_OK)
        fail_msg("refused: %s: %s", text, said);
    assert_string_equal(said, "");
}

/* Refused, with the line's number and what is wrong with it. */
static void refused_bytes(const char *text, size_t len, int line, const char *why)
{
    struct conf c;
    char *said;
    if (load_bytes(text, len, &c, &said) != ERR_BAD)
        fail_msg("accepted: %s", text);
    char *where = pool_printf(pool, "%s:%d: ", path, line);
    if (strncmp(said, where, strlen(where)) != 0 || strstr(said, why) == NULL)
        fail_msg("%s: said %s", text, said);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
}

static void refused(const char *text, int line, const char *why)
{
    refused_bytes(text, strlen(text), line, why);
}

static void defaults(void **state)
{
    (void)state;
    static const char *const nothing[] = {"", "\n\n", "# threads = 5\n", "   # x = 1\n\t\n", "#"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        struct conf c;
        accepted(nothing[i], &c);
        assert_string_equal(c.var_dir, dir);
        assert_string_equal(c.system, "");
        assert_string_equal(c.listen_address, "127.0.0.1");
        assert_int_equal(c.listen_port, 8443);
        assert_int_equal(c.status_port, 8444);
        assert_int_equal(c.processes, 2);
        assert_int_equal(c.threads, 10);
        assert_int_equal(c.call_window_sec, 300);
        assert_int_equal(c.retain_authz_days, 180);
        assert_string_equal(c.log_level, "info");
        assert_string_equal(c.mode, "direct");
        assert_string_equal(c.clock_offset_file, "");
        /* empty paths lie below the instance directory */
        assert_string_equal(c.keys_dir, pool_printf(pool, "%s/keys", dir));
        assert_string_equal(c.run_dir, pool_printf(pool, "%s/run", dir));
        assert_string_equal(c.log_dir, pool_printf(pool, "%s/log", dir));
        assert_string_equal(c.spool_dir, pool_printf(pool, "%s/spool", dir));
        assert_string_equal(c.tls_dir, pool_printf(pool, "%s/tls", dir));
        assert_string_equal(c.db_socket, pool_printf(pool, "%s/run/mariadb.sock", dir));
        assert_string_equal(c.service_ca_file, pool_printf(pool, "%s/tls/ca.crt", dir));
        assert_string_equal(c.peer_ca_file, pool_printf(pool, "%s/tls/ca.crt", dir));
        assert_string_equal(c.registry_key_file, pool_printf(pool, "%s/keys/registry.pub", dir));
    }
}

static void values(void **state)
{
    (void)state;
    struct conf c;
    accepted("# mine\nsystem=251000001\n  threads\t=  64  \r\nmode = relay\n"
             "system_name = 示例 政务 = 服务 # 码\nkeys_dir = /srv/keys\nlog_level=debug\n"
             "allow_loopback_routes = 1\nparent =\nservice_total_ms = 600000\nprocesses = 01",
             &c);
    assert_string_equal(c.system, "251000001");
    assert_int_equal(c.threads, 64);
    assert_string_equal(c.mode, "relay");
    assert_string_equal(c.system_name, "示例 政务 = 服务 # 码");
    assert_string_equal(c.keys_dir, "/srv/keys");
    assert_string_equal(c.registry_key_file, pool_printf(pool, "%s/keys/registry.pub", dir));
    assert_string_equal(c.log_level, "debug");
    assert_int_equal(c.allow_loopback_routes, 1);
    assert_string_equal(c.parent, "");
    assert_int_equal(c.service_total_ms, 600000);
    assert_int_equal(c.processes, 1); /* a last line without its end */
}

static void long_line(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    struct conf c;
    char *name = pool_alloc(pool, LEN + 1);
    memset(name, 'x', LEN);
    accepted(pool_printf(pool, "system_name = %s\n", name), &c);
    assert_string_equal(c.system_name, name);
    refused(pool_printf(pool, "%s = 1\n", name), 1, "unknown setting `xxx");
}

static void unknown_names(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "thread = 5\n",
        "threadss = 5\n",
        "THREADS = 5\n",
        "threads. = 5\n",
        "listen port = 1\n",
        "= 5\n",
        " = \n",
        "var_dir = /\n",
        "線程 = 5\n",
        "threads threads = 5\n",
        "-threads = 5\n",
        ";threads = 5\n",
        "[a] = 1\n",
        "%s%s%n = 1\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(rows[i], 1, "unknown setting `");
    refused("threads = 5\n\n# a\nbla = 5\nthreads = x\n", 4, "unknown setting `bla`");
}

static void no_equals_sign(void **state)
{
    (void)state;
    static const char *const rows[] = {"threads\n", "threads 5\n", "threads: 5\n", "x", "[zwm]\n"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(rows[i], 1, "`name = value` expected");
}

static void wrong_numbers(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",
        "two",
        "5x",
        "x5",
        "5 5",
        "0x5",
        "5.0",
        "5,",
        "1e1",
        "--5",
        "5 #",
        "\"5\"",
        "５",
        "five",
        "5\v6",
        "18446744073709551621",
        "99999999999999999999",
        "-99999999999999999999",
        "9223372036854775808",
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        refused(pool_printf(pool, "threads = %s\n", values[i]), 1,
                "threads must be a whole number from 1 to 64");
}

static void bounds(void **state)
{
    (void)state;
    static const struct {
        const char *name, *least, *below, *most, *above;
    } rows[] = {
        {"listen_port", "1", "0", "65535", "65536"},
        {"threads", "1", "0", "64", "65"},
        {"processes", "1", "-1", "64", "65"},
        {"call_window_sec", "5", "4", "3600", "3601"},
        {"file_max_mib", "1", "0", "4096", "4097"},
        {"retain_call_days", "2", "1", "3650", "3651"},
        {"allow_loopback_routes", "0", "-1", "1", "2"},
        {"route_overlap_sec", "0", "-1", "2592000", "2592001"},
        {"request_ttl_sec", "10", "9", "3600", "3601"},
        {"app_rate_per_sec", "1", "0", "1000000", "1000001"},
    };
    struct conf c;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *why = pool_printf(pool, "%s must be a whole number from %s to %s\n",
                                      rows[i].name, rows[i].least, rows[i].most);
        accepted(pool_printf(pool, "%s = %s\n", rows[i].name, rows[i].least), &c);
        accepted(pool_printf(pool, "%s = %s\n", rows[i].name, rows[i].most), &c);
        refused(pool_printf(pool, "%s = %s\n", rows[i].name, rows[i].below), 1, why);
        refused(pool_printf(pool, "%s = %s\n", rows[i].name, rows[i].above), 1, why);
    }
}

/* A misspelt `relay` must not mean `direct`. */
static void wrong_words(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"mode", ""},           {"mode", "relya"},
        {"mode", "Relay"},      {"mode", "direct relay"},
        {"mode", "relay # no"}, {"mode", "rel"},
        {"mode", "direct,"},    {"mode", "1"},
        {"log_level", ""},      {"log_level", "warning"},
        {"log_level", "INFO"},  {"log_level", "fatal"},
        {"log_level", "0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(pool_printf(pool, "%s = %s\n", rows[i][0], rows[i][1]), 1,
                *rows[i][0] == 'm' ? "mode must be one of: direct relay\n"
                                   : "log_level must be one of: debug info warn error\n");
}

static void set_twice(void **state)
{
    (void)state;
    refused("threads = 5\nthreads = 6\n", 2, "threads is set twice");
    refused("threads = 5\nprocesses = 3\n# x\n threads=5\n", 4, "threads is set twice");
    refused("system = 251000001\nsystem =\n", 2, "system is set twice");
    refused("mode = relay\nmode = direct\n", 2, "mode is set twice");
}

/* The first wrong line is named, and what stands behind it does not matter. */
static void first_fault(void **state)
{
    (void)state;
    refused("threads = 5\nprocesses = 0\nbla = 1\n", 2, "processes must be");
}

static void not_text(void **state)
{
    (void)state;
    static const char in_value[] = "threads = 5\nprocesses = 4\0 9\n",
                      in_name[] = "threads\0x = 5\n", alone[] = "\n\0\n";
    refused_bytes(in_value, sizeof in_value - 1, 2, "NUL");
    refused_bytes(in_name, sizeof in_name - 1, 1, "NUL");
    refused_bytes(alone, sizeof alone - 1, 2, "NUL");
}

static void no_file(void **state)
{
    (void)state;
    struct conf c;
    char *said = NULL;
    size_t len = 0;
    FILE *err_out = open_memstream(&said, &len);
    (void)unlink(path);
    assert_int_equal(conf_load(pool, dir, &c, err_out), ERR_ABSENT);
    assert_int_equal(conf_load(pool, "/nonexistent/dir", &c, NULL), ERR_ABSENT);
    assert_int_equal(fclose(err_out), 0);
    assert_string_equal(said, pool_printf(pool, "%s: No such file or directory\n", path));
    free(said);
    /* A directory opens and does not read: no reason for defaults. */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(conf_load(pool, dir, &c, NULL), ERR_BAD);
    assert_int_equal(rmdir(path), 0);
}

static char *template_of(const char *const *with)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    conf_write_template(out, with, false);
    assert_int_equal(fclose(out), 0);
    char *copy = pool_strdup(pool, text);
    free(text);
    return copy;
}

static void same_settings(const struct conf *a, const struct conf *b)
{
#define SETTING_STR(name, dflt, doc)           assert_string_equal(a->name, b->name);
#define SETTING_WORD(name, dflt, words, doc)   assert_string_equal(a->name, b->name);
#define SETTING_INT(name, dflt, min, max, doc) assert_int_equal(a->name, b->name);
#include "core/base/conf.def"
#undef SETTING_STR
#undef SETTING_WORD
#undef SETTING_INT
}

static void template_round_trip(void **state)
{
    (void)state;
    static const char *const with[] = {"system",  "251000001", "system_name", "示例政务服务码系统",
                                       "threads", "7",         "mode",        "relay",
                                       "db_name", "zwm_two",   NULL};
    struct conf c, empty, shown;
    accepted(template_of(with), &c);
    assert_string_equal(c.system, "251000001");
    assert_string_equal(c.system_name, "示例政务服务码系统");
    assert_int_equal(c.threads, 7);
    assert_string_equal(c.mode, "relay");
    assert_string_equal(c.db_name, "zwm_two");
    assert_int_equal(c.processes, 2); /* not named: the default */
    /* The defaults that the commented lines show are those in force. */
    char *text = template_of(NULL), *uncommented = pool_strdup(pool, text), *to = uncommented;
    accepted(text, &empty);
    for (const char *at = text; *at != '\0'; at++)
        if (*at != '#' || at[1] == ' ' || (at > text && at[-1] != '\n'))
            *to++ = *at;
    *to = '\0';
    accepted(uncommented, &shown);
    same_settings(&shown, &empty);
    assert_non_null(strstr(uncommented, "\nthreads = 10\n"));
}

static void names(void **state)
{
    (void)state;
    assert_true(conf_has("threads", 7));
    assert_true(conf_has("threads = 5", 7));
    assert_true(conf_has("mode", 4));
    assert_false(conf_has("threads", 6));
    assert_false(conf_has("threads ", 8));
    assert_false(conf_has("var_dir", 7));
    assert_false(conf_has("", 0));
}

static void instance_directory(void **state)
{
    (void)state;
    assert_int_equal(setenv("ZWM_VAR", dir, 1), 0);
    assert_string_equal(conf_var_dir(pool), dir);
    assert_int_equal(setenv("ZWM_VAR", pool_printf(pool, "%s/../%s/.", dir, dir + 5), 1), 0);
    assert_string_equal(conf_var_dir(pool), dir);
    /* one that is not there yet: absolute all the same */
    assert_int_equal(setenv("ZWM_VAR", "/nonexistent/instance", 1), 0);
    assert_string_equal(conf_var_dir(pool), "/nonexistent/instance");
    char cwd[4096];
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(setenv("ZWM_VAR", "no-such-instance", 1), 0);
    assert_string_equal(conf_var_dir(pool), pool_printf(pool, "%s/no-such-instance", cwd));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(values),
        cmocka_unit_test(long_line),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(no_equals_sign),
        cmocka_unit_test(wrong_numbers),
        cmocka_unit_test(bounds),
        cmocka_unit_test(wrong_words),
        cmocka_unit_test(set_twice),
        cmocka_unit_test(first_fault),
        cmocka_unit_test(not_text),
        cmocka_unit_test(no_file),
        cmocka_unit_test(names),
        cmocka_unit_test(template_round_trip),
        cmocka_unit_test(instance_directory),
    };
    return cmocka_run_group_tests_name("conf", tests, make_dir, remove_dir);
}
