/* What the unit tests of core/wire share. */
#ifndef ZWM_TESTS_WIRE_CHECK_H
#define ZWM_TESTS_WIRE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "tests/unit/wire_sample.h"

static struct pool *pool;

static inline int pool_setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    return 0;
}

static inline int pool_teardown(void **state)
{
    (void)state;
    pool_destroy(&pool);
    return 0;
}

/* Decodes a copy that ends where its memory ends, so that the sanitizer sees a read past it. */
static inline enum err decode(enum wire_form form, const char *body, size_t len, struct sample *out,
                              const char **path_r)
{
    struct wire_fault fault = {.path = "untouched"};
    char *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, body, len);
    memset(out, 0xa5, sizeof *out);
    enum err e = wire_decode(pool, form, copy, len, &sample_fields, out, &fault);
    free(copy);
    *path_r = fault.path;
    if (e != ERR_OK) {
        static const struct sample zero;
        assert_memory_equal(out, &zero, sizeof zero);
    }
    return e;
}

static inline void expect_len(enum wire_form form, const char *body, size_t len, enum err want,
                              const char *want_path)
{
    struct sample s;
    const char *path;
    enum err e = decode(form, body, len, &s, &path);

    if (e != want || (path == NULL) != (want_path == NULL) ||
        (path != NULL && strcmp(path, want_path) != 0))
        fail_msg("%.300s\n-> %s at %s, expected %s at %s", body, err_name(e), path ? path : "-",
                 err_name(want), want_path ? want_path : "-");
}

static inline void expect(enum wire_form form, const char *body, enum err want,
                          const char *want_path)
{
    expect_len(form, body, strlen(body), want, want_path);
}

/* The struct as text, by wire_object: for comparing. */
static inline const char *as_json(const struct sample *s)
{
    struct json_object *o = wire_object(pool, &sample_fields, s);
    return pool_strdup(pool, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, pool_setup, pool_teardown)

#endif
