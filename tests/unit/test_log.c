/* log: every line is one JSON object, whatever stands in it and whoever writes at the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/pool.h"
#include "core/base/text.h"

enum { LINE_MOST = 2048, VALUE_MOST = 300, WRITERS = 4, LINES = 300 };

static struct pool *pool;
static char path[] = "/tmp/zwm-log-XXXXXX";
static int kept_stderr;

static int make_file(void **state)
{
    (void)state;
    pool = pool_new(false);
    kept_stderr = dup(STDERR_FILENO);
    int fd = mkstemp(path);
    return fd < 0 || kept_stderr < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)close(kept_stderr);
    pool_destroy(&pool);
    return 0;
}

/* Between these two, standard error goes to an emptied file. */
static void capture(void)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)fflush(stderr);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(fd), 0);
}

static char *captured(void)
{
    assert_int_equal(dup2(kept_stderr, STDERR_FILENO), STDERR_FILENO);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long len = ftell(f);
    rewind(f);
    char *text = pool_alloc(pool, (size_t)len + 1);
    assert_int_equal(fread(text, 1, (size_t)len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(strlen(text), len);
    return text;
}

/* The object of one line; the caller puts it. Control characters within are refused by RFC 8259 and
 * so here: the parser is told to be strict, and the bytes are looked at. */
static struct json_object *parsed(const char *line, size_t len)
{
    struct json_tokener *t = json_tokener_new();
    json_tokener_set_flags(t, JSON_TOKENER_STRICT);
    for (size_t i = 0; i < len; i++)
        assert_true((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
    assert_true(len < LINE_MOST);
    struct json_object *o = json_tokener_parse_ex(t, line, (int)len);
    if (json_tokener_get_error(t) != json_tokener_success || json_tokener_get_parse_end(t) != len ||
        !json_object_is_type(o, json_type_object))
        fail_msg("no JSON object: %.*s", (int)len, line);
    json_tokener_free(t);
    return o;
}

static struct json_object *only_line(const char *text)
{
    size_t len = strcspn(text, "\n");
    assert_string_equal(text + len, "\n");
    return parsed(text, len);
}

static const char *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, name, &v) ? json_object_get_string(v) : NULL;
}

static struct json_object *logged(const char *key, const char *value)
{
    struct log_line l;
    capture();
    log_start(&l, LOG_INFO, "event");
    log_str(&l, key, value);
    log_end(&l);
    return only_line(captured());
}

static void one_line(void **state)
{
    (void)state;
    struct log_line l;
    log_init("zwm-test", LOG_INFO);
    capture();
    int64_t before = clock_now_ms();
    log_start(&l, LOG_WARN, "call");
    log_str(&l, "app", "PORTAL-1");
    log_int(&l, "us", -12);
    log_int(&l, "most", INT64_MAX);
    log_int(&l, "least", INT64_MIN);
    log_str(&l, "nothing", NULL);
    log_str(&l, "empty", "");
    log_end(&l);
    int64_t after = clock_now_ms();
    const char *text = captured();
    /* {"time":"YYYY-MM-DDThh:mm:ss.mmmZ", then the rest in order */
    assert_string_equal(strchr(text, ',') + 1,
                        "\"level\":\"warn\",\"program\":\"zwm-test\",\"event\":\"call\","
                        "\"app\":\"PORTAL-1\",\"us\":-12,\"most\":9223372036854775807,"
                        "\"least\":-9223372036854775808,\"empty\":\"\"}\n");
    struct json_object *o = only_line(text);
    struct tm tm = {0};
    int ms = -1, end = 0;
    const char *time = member(o, "time"), *rest = strptime(time, "%Y-%m-%dT%H:%M:%S", &tm);
    assert_non_null(rest);
    assert_int_equal(sscanf(rest, ".%3dZ%n", &ms, &end), 1); /* NOLINT: three digits */
    assert_int_equal(end, 5);
    int64_t at = (int64_t)timegm(&tm) * 1000 + ms; /* UTC */
    assert_true(at >= before && at <= after);
    json_object_put(o);
}

static void levels(void **state)
{
    (void)state;
    static const char *const names[] = {"debug", "info", "warn", "error", "fatal"};
    for (int least = LOG_DEBUG; least <= LOG_FATAL; least++)
        for (int level = LOG_DEBUG; level <= LOG_FATAL; level++) {
            log_init("zwm-test", (enum log_level)least);
            capture();
            log_msg((enum log_level)level, "e", "%s %d", "text", 7);
            const char *text = captured();
            if (level < least) {
                assert_string_equal(text, "");
                continue;
            }
            struct json_object *o = only_line(text);
            assert_string_equal(member(o, "level"), names[level]);
            assert_string_equal(member(o, "msg"), "text 7");
            json_object_put(o);
        }
    log_init("zwm-test", LOG_INFO);
}

/* What an attacker writes into a field must not become a line or a member of its own. */
static void escaping(void **state)
{
    (void)state;
    static const char *const values[] = {
        "\"",
        "\\",
        "\\\"",
        "a\"b\\c",
        "\",\"level\":\"fatal",
        "line\nline",
        "\r\n{\"time\":\"x\"}",
        "tab\tbell\a back\b form\f esc\x1b[31m del\x7f",
        "\x01\x02\x1f",
        "%s%n%d",
        "证照 张三 𠮷",
        "</script>",
        "{}[]:,",
        "\xe2\x80\xa8",
        "\\u0000",
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct json_object *o = logged("value", values[i]);
        assert_string_equal(member(o, "value"), values[i]);
        assert_int_equal(json_object_object_length(o), 5);
        json_object_put(o);
        o = logged(values[i], "key");
        assert_string_equal(member(o, values[i]), "key");
        json_object_put(o);
    }
}

/* RFC 8259 wants UTF-8: each byte that is none becomes a question mark. */
static void not_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *value, *logged;
    } rows[] = {
        {"a\xff"
         "b",
         "a?b"},
        {"\x80", "?"},
        {"\xc0\xaf", "??"},           /* overlong / */
        {"\xed\xa0\x80", "???"},      /* a surrogate */
        {"\xf4\x90\x80\x80", "????"}, /* past U+10FFFF */
        {"\xe8\xaf", "??"},           /* cut off */
        {"\xe8\xaf\"", "??\""},       /* cut off before a quotation mark */
        {"\xce\xd2", "??"},           /* GBK */
        {"证\xff照", "证?照"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_object *o = logged("value", rows[i].value);
        assert_string_equal(member(o, "value"), rows[i].logged);
        json_object_put(o);
    }
}

static char *repeated(const char *s, size_t n)
{
    size_t len = strlen(s);
    char *text = pool_alloc(pool, n * len + 1);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, s, len);
    return text;
}

/* A long value is cut at 300 bytes, never within a character or an escape. */
static void long_values(void **state)
{
    (void)state;
    static const char *const units[] = {"x", "é", "照", "𠮷", "\"", "\\", "\n", "\x01", "a照"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        for (size_t n = 60; n <= 400; n += n < 310 ? 1 : 30) {
            const char *value = repeated(units[i], n);
            struct json_object *o = logged("value", value);
            const char *got = member(o, "value");
            size_t len = strlen(got), whole = strlen(value);
            assert_memory_equal(got, value, len);
            if (whole <= VALUE_MOST)
                assert_int_equal(len, whole);
            else
                assert_true(len >= VALUE_MOST && len < VALUE_MOST + 4);
            assert_true(utf8_is_valid(got, len));
            json_object_put(o);
        }
}

/* What does not fit into the line any more is left out as a whole; what comes behind it and fits is
 * there. */
static void full_line(void **state)
{
    (void)state;
    static const char *const units[] = {"x", "照", "\x01", "\xff"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        for (size_t n = 1; n <= 300; n += 7) {
            const char *value = repeated(units[i], n);
            struct log_line l;
            int there = 0;
            capture();
            log_start(&l, LOG_INFO, "event");
            for (int k = 0; k < 60; k++) {
                char key[16];
                (void)snprintf(key, sizeof key, "key%d", k);
                log_str(&l, key, value);
                log_int(&l, "number", k);
            }
            log_end(&l);
            struct json_object *o = only_line(captured());
            for (int k = 0; k < 60; k++) {
                char key[16];
                (void)snprintf(key, sizeof key, "key%d", k);
                const char *got = member(o, key);
                there += got != NULL;
                if (got != NULL && *units[i] != '\xff')
                    assert_memory_equal(got, value, strlen(got));
                if (got != NULL)
                    assert_true(strlen(got) >= n * strlen(units[i]) || strlen(got) >= VALUE_MOST);
            }
            assert_true(there >= 1);
            json_object_put(o);
        }
}

static void long_event_and_message(void **state)
{
    (void)state;
    struct log_line l;
    capture();
    log_start(&l, LOG_INFO, repeated("事\n", 2000));
    log_str(&l, repeated("键\"", 2000), repeated("值", 2000));
    log_str(&l, "after", "it");
    log_end(&l);
    struct json_object *o = only_line(captured());
    assert_string_equal(member(o, "after"), "it");
    json_object_put(o);
    capture();
    log_msg(LOG_ERROR, "e", "%s", repeated("字\"", 3000));
    o = only_line(captured());
    assert_true(strlen(member(o, "msg")) >= VALUE_MOST);
    json_object_put(o);
}

/* --- many writers --- */

static void write_lines(int writer)
{
    char text[200];
    memset(text, 'a' + writer, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < LINES; i++) {
        struct log_line l;
        log_start(&l, LOG_INFO, "many");
        for (int k = 0; k < 7; k++)
            log_str(&l, "text", text);
        log_int(&l, "writer", writer);
        log_end(&l);
    }
}

static void *write_as_thread(void *arg)
{
    write_lines(*(int *)arg);
    return NULL;
}

static void lines_do_not_mix(void **state)
{
    (void)state;
    static int numbers[WRITERS] = {0, 1, 2, 3};
    pthread_t threads[WRITERS];
    pid_t pids[WRITERS];
    int seen[2 * WRITERS] = {0};
    capture();
    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            write_lines(WRITERS + i);
            _exit(0);
        }
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_as_thread, &numbers[i]), 0);
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;
        (void)waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (const char *at = captured(); *at != '\0'; at += strcspn(at, "\n") + 1) {
        struct json_object *o = parsed(at, strcspn(at, "\n"));
        long writer = strtol(member(o, "writer"), NULL, 10);
        assert_in_range(writer, 0, 2 * WRITERS - 1);
        const char *text = member(o, "text");
        assert_int_equal(strlen(text), 199);
        for (; *text != '\0'; text++)
            assert_int_equal(*text, 'a' + writer);
        seen[writer]++;
        json_object_put(o);
    }
    for (int i = 0; i < 2 * WRITERS; i++)
        assert_int_equal(seen[i], LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line),
        cmocka_unit_test(levels),
        cmocka_unit_test(escaping),
        cmocka_unit_test(not_utf8),
        cmocka_unit_test(long_values),
        cmocka_unit_test(full_line),
        cmocka_unit_test(long_event_and_message),
        cmocka_unit_test(lines_do_not_mix),
    };
    return cmocka_run_group_tests_name("log", tests, make_file, remove_file);
}
