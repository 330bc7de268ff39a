/* responders: the table has the shape that the scripts which read it expect, and every call is
 * served by one responder, on the right port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/responders.h"
#include "core/wire/serves.h"

/* The Makefile and zwm-local find a row by its name's letters, and what follows it on the line. */
static void test_rows_are_as_scripts_read_them(void **state)
{
    char line[1024];
    int found = 0;
    FILE *f = fopen("core/base/responders.def", "re");
    assert_non_null(f);
    (void)state;
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "RESPONDER(", 10) != 0)
            continue;
        char name[32], upper[32], need[16];
        assert_int_equal(sscanf(line, "RESPONDER(%31[a-z], %31[A-Z], %15[A-Z],", name, upper, need),
                         3);
        assert_true(found < RESPONDER_MAX);
        const struct responder_row *row = responder_row((enum responder_id)found++);
        assert_string_equal(name, row->name);
        assert_int_equal(strcmp(need, "OPTIONAL") == 0, row->optional);
        assert_int_equal(strlen(name), strlen(upper));
        for (size_t i = 0; name[i] != '\0'; i++)
            assert_int_equal(toupper((unsigned char)name[i]), upper[i]);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(found, RESPONDER_MAX);
}

/* An optional responder has the setting that its name promises, and only that decides. */
static void test_optional_ones_are_asked_for(void **state)
{
    int optional = 0;
    (void)state;
    for (int r = 0; r < RESPONDER_MAX; r++) {
        const struct responder_row *row = responder_row((enum responder_id)r);
        struct conf c = {.var_dir = "/nonexistent"};
        assert_int_equal(responder_wanted((enum responder_id)r, &c), !row->optional);
        c.sample_service = 1;
        assert_true(responder_wanted((enum responder_id)r, &c));
        optional += row->optional;
    }
    assert_int_equal(optional, 1);
}

static void test_each_call_is_served_once(void **state)
{
    int served[CALL_MAX] = {0};
    (void)state;
    for (int r = 0; r < RESPONDER_MAX; r++)
        for (const struct serve *s = serves((enum responder_id)r); s->call != CALL_VOID; s++) {
            bool local = !call_row(s->call)->page &&
                         strncmp(call_row(s->call)->path, "/api/", 5) != 0 &&
                         strncmp(call_row(s->call)->path, "/service/", 9) != 0;
            served[s->call]++;
            assert_int_equal((s->traits & SERVE_LOCAL) != 0, local);
        }
    for (int c = CALL_VOID + 1; c < CALL_MAX; c++)
        if (served[c] != 1)
            fail_msg("%s is served by %d responders", call_row((enum call_id)c)->name, served[c]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_as_scripts_read_them),
        cmocka_unit_test(test_optional_ones_are_asked_for),
        cmocka_unit_test(test_each_call_is_served_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
