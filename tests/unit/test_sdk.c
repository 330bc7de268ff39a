/* core/sdk at its edges: arguments that are missing, passphrases, trust that changes. What it
 * opens, signs and accepts is compared with the other SDKs by tests/vectors/sdk.test.mjs. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sdk/sdk.h"

#define PUBLIC                                                                                     \
    "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAENSOnsKGky10vNeiP9YYi4xpPJVYL4HhpjXQj85lpE9b5TkTSh4lzbLpO" \
    "swIWpOK2DHkeTO7X19j4gJucTxrZxA=="

static zwm_key *key_make(void)
{
    zwm_key *key = NULL;

    assert_int_equal(zwm_key_make(&key), ZWM_OK);
    assert_non_null(key);
    return key;
}

static void free_takes_null(void **state)
{
    (void)state;
    zwm_key_free(NULL);
    zwm_trust_free(NULL);
    zwm_call_free(NULL);
    zwm_data_free(NULL);
}

static void errors_have_names(void **state)
{
    (void)state;
    for (int e = ZWM_OK; e <= ZWM_ERROR_UNSUPPORTED; e++) {
        assert_true(strlen(zwm_error_name((enum zwm_error)e)) > 1);
        assert_true(strlen(zwm_error_text((enum zwm_error)e)) > 3);
    }
    assert_non_null(zwm_error_text((enum zwm_error)99));
    assert_non_null(zwm_error_name((enum zwm_error) - 1));
}

static void keys_refuse_null(void **state)
{
    (void)state;
    zwm_key *key = key_make();
    zwm_key *none = NULL;
    zwm_data *data = NULL;
    zwm_trust *trust = zwm_trust_new();

    assert_int_equal(zwm_key_make(NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_key_read(NULL, NULL, &none), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_key_read("x", NULL, NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_key_read("", NULL, &none), ZWM_ERROR_KEY);
    assert_int_equal(zwm_key_public(NULL, &data), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_key_public(key, NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_key_private_pem(NULL, NULL, &data), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_key_private_pem(key, NULL, NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_trust_add(NULL, "223010001", PUBLIC), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_trust_add(trust, NULL, PUBLIC), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_trust_add(trust, "223010001", NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_trust_add(trust, "22301000", PUBLIC), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_trust_add(trust, "2230100011", PUBLIC), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_trust_add(trust, "22301000a", PUBLIC), ZWM_ERROR_ARGUMENT);
    assert_null(none);
    assert_null(data);
    zwm_trust_free(trust);
    zwm_key_free(key);
}

static void calls_refuse_null(void **state)
{
    (void)state;
    zwm_key *key = key_make();
    zwm_trust *trust = zwm_trust_new();
    zwm_call *call = NULL;
    zwm_data *data = NULL;
    struct zwm_origin from = {.nonce = "as it was"};
    const char *url = "https://portal.example/";

    assert_int_equal(zwm_sign_call(NULL, "A", NULL, "POST", "/", "", 0, &call), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_sign_call(key, NULL, NULL, "POST", "/", "", 0, &call), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_sign_call(key, "A", NULL, NULL, "/", "", 0, &call), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_sign_call(key, "A", NULL, "POST", NULL, "", 0, &call), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_sign_call(key, "A", NULL, "POST", "/", NULL, 1, &call),
                     ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_sign_call(key, "A", NULL, "POST", "/", "", 0, NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_receipt(NULL, "x", 200, "223010001", "1", "", "", 0),
                     ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_receipt(trust, NULL, 200, "223010001", "1", "", "", 0),
                     ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_receipt(trust, "x", 200, "223010001", "1", "", NULL, 1),
                     ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_out(NULL, "", "POST", url, "", 0, 0, &from), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_out(trust, "", NULL, url, "", 0, 0, &from), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_out(trust, "", "POST", NULL, "", 0, 0, &from), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_out(trust, "", "POST", url, NULL, 1, 0, &from), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_check_out(trust, "", "POST", url, "", 0, 0, NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_open_envelope(NULL, "", "", "", "", &data), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_open_envelope(key, "", "", "", "", NULL), ZWM_ERROR_ARGUMENT);
    assert_int_equal(zwm_open_envelope(key, NULL, NULL, NULL, NULL, &data), ZWM_ERROR_ENVELOPE);
    assert_null(call);
    assert_null(data);
    assert_string_equal(from.nonce, "as it was");
    zwm_trust_free(trust);
    zwm_key_free(key);
}

static void no_body_is_an_empty_one(void **state)
{
    (void)state;
    zwm_key *key = key_make();
    zwm_call *call;

    assert_int_equal(zwm_sign_call(key, "A0001", NULL, "GET", "/x", NULL, 0, &call), ZWM_OK);
    assert_non_null(strstr(zwm_call_string(call),
                           "\n1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b\n"));
    zwm_call_free(call);
    zwm_key_free(key);
}

static void passphrases(void **state)
{
    (void)state;
    zwm_key *key = key_make(), *again = NULL;
    zwm_data *pem, *first, *second;

    assert_int_equal(zwm_key_private_pem(key, "correct horse", &pem), ZWM_OK);
    assert_int_equal(strlen(zwm_data_bytes(pem)), zwm_data_len(pem));
    assert_non_null(strstr(zwm_data_bytes(pem), "BEGIN ENCRYPTED PRIVATE KEY"));
    assert_int_equal(zwm_key_read(zwm_data_bytes(pem), NULL, &again), ZWM_ERROR_KEY);
    assert_int_equal(zwm_key_read(zwm_data_bytes(pem), "wrong horse", &again), ZWM_ERROR_KEY);
    assert_null(again);
    assert_int_equal(zwm_key_read(zwm_data_bytes(pem), "correct horse", &again), ZWM_OK);
    assert_int_equal(zwm_key_public(key, &first), ZWM_OK);
    assert_int_equal(zwm_key_public(again, &second), ZWM_OK);
    assert_string_equal(zwm_data_bytes(first), zwm_data_bytes(second));
    zwm_data_free(first);
    zwm_data_free(second);
    zwm_data_free(pem);
    zwm_key_free(again);
    zwm_key_free(key);
}

/* The receipt of docs/signing.md. */
static enum zwm_error worked_receipt(const zwm_trust *trust)
{
    static const char answer[] =
        "{\"process_response\":{\"result_code\":\"100\",\"error_code\":\"\",\"error_msg\":\"\","
        "\"date\":\"2025-11-22\",\"request_id\":\"5f0c8a1e9b7d4c3f8a6e2d1b0c9f7e55\","
        "\"items\":[]}}";

    return zwm_check_receipt(
        trust,
        "POST\n/api/v1/authorization/request\n1763791200\nq7RkV0x_3mZt-81cYpLd5w\n"
        "2b71a8c433aba766a864f909ed7d5a57251915995019766fe81684a2bd6bc65d\n",
        200, "223010001", "1763791201",
        "MEYCIQC5dtAT4rB3SzP9UqefIH86v1e6aWPbtGbjVVa06NqP4AIhAIdxEPD3onUoeBfhw8FhMiPuIgtmsztL2Pkt"
        "vtxf1HCh",
        answer, sizeof answer - 1);
}

static void a_second_key_takes_the_place_of_the_first(void **state)
{
    (void)state;
    zwm_trust *trust = zwm_trust_new();
    zwm_key *key = key_make();
    zwm_data *other;

    assert_int_equal(zwm_key_public(key, &other), ZWM_OK);
    assert_int_equal(worked_receipt(trust), ZWM_ERROR_SYSTEM);
    assert_int_equal(zwm_trust_add(trust, "223010001", zwm_data_bytes(other)), ZWM_OK);
    assert_int_equal(worked_receipt(trust), ZWM_ERROR_SIGNATURE);
    assert_int_equal(zwm_trust_add(trust, "233010001", zwm_data_bytes(other)), ZWM_OK);
    assert_int_equal(zwm_trust_add(trust, "223010001", PUBLIC), ZWM_OK);
    assert_int_equal(worked_receipt(trust), ZWM_OK);
    assert_int_equal(zwm_trust_add(trust, "223010001", "no key"), ZWM_ERROR_KEY);
    assert_int_equal(worked_receipt(trust), ZWM_OK);
    zwm_data_free(other);
    zwm_key_free(key);
    zwm_trust_free(trust);
}

static void *check_often(void *trust)
{
    intptr_t good = 0;

    for (int i = 0; i < 50; i++)
        good += worked_receipt(trust) == ZWM_OK;
    return (void *)good;
}

static void several_threads_read_one_trust(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    zwm_trust *trust = zwm_trust_new();

    assert_int_equal(zwm_trust_add(trust, "223010001", PUBLIC), ZWM_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, check_often, trust), 0);
    for (int i = 0; i < THREADS; i++) {
        void *good;
        assert_int_equal(pthread_join(thread[i], &good), 0);
        assert_int_equal((intptr_t)good, 50);
    }
    zwm_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(errors_have_names),
        cmocka_unit_test(keys_refuse_null),
        cmocka_unit_test(calls_refuse_null),
        cmocka_unit_test(no_body_is_an_empty_one),
        cmocka_unit_test(passphrases),
        cmocka_unit_test(a_second_key_takes_the_place_of_the_first),
        cmocka_unit_test(several_threads_read_one_trust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
