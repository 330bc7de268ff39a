/* sign: prepares the calls of the benchmark, so that the load generator only has to send them, and
 * measures the unit.
 *
 *   sign unit                         microseconds of one EVP SM2 verification, on standard output
 *   sign issue N APP KEY              N issue calls
 *   sign verify APP KEY <ANSWERS      one verify call for each answer of an issue call, a line each
 * A call is a line: the Authorization header, a TAB, the body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/crypto/sm2.h"
#include "core/wire/callsig.h"

enum { UNIT_RUNS = 3000, LINE_MAX_LEN = 65536 };

static struct sm2_key *read_key(const char *path)
{
    char pem[8192];
    struct sm2_key *key = NULL;
    FILE *f = fopen(path, "re");
    size_t len = f != NULL ? fread(pem, 1, sizeof pem, f) : 0;
    if (f != NULL)
        (void)fclose(f);
    if (sm2_key_from_pem(pem, len, NULL, &key) != ERR_OK) {
        (void)fprintf(stderr, "%s is no key\n", path);
        exit(1);
    }
    return key;
}

static void put_call(const struct sm2_key *key, const char *app, const char *target,
                     const char *body)
{
    struct pool *p = pool_new(false);
    struct callsig_out c = {.key = key,
                            .app_id = app,
                            .method = "POST",
                            .target = target,
                            .body = body,
                            .body_len = strlen(body),
                            .now_sec = clock_now_sec()};
    if (callsig_sign(p, &c) != ERR_OK)
        exit(1);
    (void)printf("%s\t%s\n", c.header, body);
    pool_destroy(&p);
}

static int unit(void)
{
    static const char msg[] = "POST\n/api/v1/code/verify\n1763791200\n0123456789abcdef\n";
    struct sm2_key *key = sm2_key_generate();
    uint8_t sig[SM2_SIG_LEN];
    if (sm2_sign(key, msg, sizeof msg, sig) != ERR_OK)
        return 1;
    int64_t began = clock_mono_us();
    for (int i = 0; i < UNIT_RUNS; i++)
        if (!sm2_verify_evp(key, msg, sizeof msg, sig))
            return 1;
    (void)printf("%.1f\n", (double)(clock_mono_us() - began) / UNIT_RUNS);
    sm2_key_free(&key);
    return 0;
}

static int issue(int n, const char *app, const char *key_file)
{
    struct sm2_key *key = read_key(key_file);
    for (int i = 0; i < n; i++)
        put_call(key, app, "/api/v1/code/issue",
                 "{\"channel\":\"01\",\"subject\":{\"type\":\"person\",\"name\":\"张示例\",\"id_"
                 "type\":\"111\","
                 "\"id_no\":\"999999199001010016\",\"assurance\":3},\"xxlb\":[\"1.2.156.3002.9999."
                 "01.01\"]}");
    sm2_key_free(&key);
    return 0;
}

static int verify(const char *app, const char *key_file)
{
    static char line[LINE_MAX_LEN], body[1024];
    struct sm2_key *key = read_key(key_file);
    while (fgets(line, sizeof line, stdin) != NULL) {
        const char *code = strstr(line, "\"code\":\"");
        if (code == NULL)
            continue;
        code += 8;
        (void)snprintf(body, sizeof body,
                       "{\"code\":\"%.*s\",\"purpose\":\"办理示例事项\",\"scanner\":{\"type\":"
                       "\"person\",\"name\":\"王窗口\","
                       "\"id_type\":\"111\",\"id_no\":\"999999197808080032\"}}",
                       (int)strcspn(code, "\""), code);
        put_call(key, app, "/api/v1/code/verify", body);
    }
    sm2_key_free(&key);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "unit") == 0)
        return unit();
    if (argc == 5 && strcmp(argv[1], "issue") == 0)
        return issue(atoi(argv[2]), argv[3], argv[4]);
    if (argc == 4 && strcmp(argv[1], "verify") == 0)
        return verify(argv[2], argv[3]);
    (void)fputs("usage: sign unit | issue N APP KEY | verify APP KEY\n", stderr);
    return 2;
}
