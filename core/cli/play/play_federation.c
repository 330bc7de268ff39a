/* play_federation: cases across code systems, in plain words with real calls: direct, relayed,
 * found through the province, refused for each reason, scan to authorize; then without the national
 * system, and with it again. */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/cli/play/play.h"

extern char **environ;

enum { SITES_MAX = 16, TRIES = 150, PAUSE_US = 200000 };

struct site {
    const char *name, *system, *var;
    bool open;
    struct play_site s;
};

struct fed {
    struct play p;
    struct site sites[SITES_MAX];
    size_t n;
    struct json_object *file;
};

static const char verify_path[] = "/api/v1/code/verify";

/* --- the systems --- */

static int read_file(struct fed *f, const char *path)
{
    char *text = cli_read_file(f->p.cli, path, 65536, NULL);
    f->file = text != NULL ? json_tokener_parse(text) : NULL;
    struct json_object *list = play_child(f->file, "systems");
    if (!json_object_is_type(list, json_type_array))
        return text == NULL ? CLI_FAILED
                            : cli_fail(f->p.cli, "%s does not list code systems", path);
    for (size_t k = 0; k < json_object_array_length(list) && f->n < SITES_MAX; k++) {
        struct json_object *o = json_object_array_get_idx(list, k);
        f->sites[f->n++] = (struct site){.name = play_member(o, "name"),
                                         .system = play_member(o, "system"),
                                         .var = play_member(o, "var")};
    }
    return CLI_OK;
}

/* Opened when it is first needed; NULL, the reason said, if it is not there. */
static struct site *site(struct fed *f, const char *name)
{
    for (size_t k = 0; k < f->n; k++) {
        struct site *s = &f->sites[k];
        if (strcmp(s->name, name) != 0)
            continue;
        if (s->open)
            return s;
        s->open = true;
        (void)setenv("ZWM_VAR", s->var, 1);
        return play_site_open(&f->p, &s->s) == CLI_OK ? s : NULL;
    }
    (void)cli_fail(f->p.cli, "no code system `%s` in the federation", name);
    return NULL;
}

static int open_all(struct fed *f, const char *const *names)
{
    for (; *names != NULL; names++)
        if (site(f, *names) == NULL)
            return CLI_FAILED;
    play_settle(&f->p);
    return CLI_OK;
}

static const char *title(const struct site *s)
{
    return s->s.i.conf.system_name;
}

/* --- one code --- */

/* Issued in `at` for the sample person or enterprise; the item, or NULL. */
static struct json_object *issue(struct fed *f, struct site *at, const char *type, size_t first,
                                 size_t n, int validity_sec)
{
    const char *who = strcmp(type, "QYM1") == 0 ? "enterprise" : "person";
    struct json_object *body = play_issue_body(&f->p, type, who, play_classes(&f->p, first, n));
    if (validity_sec > 0)
        (void)json_object_object_add(body, "validity_sec", json_object_new_int(validity_sec));
    return play_must(&f->p, &at->s.channel, "/api/v1/code/issue", body);
}

static struct json_object *verify(struct fed *f, struct site *at, const char *code)
{
    struct json_object *v =
        play_must(&f->p, &at->s.window, verify_path, play_verify_body(&f->p, code));
    struct json_object *subject = play_child(v, "subject");
    if (v != NULL)
        (void)printf("   genuine, of %s, %s (masked), issued by %s\n", play_member(subject, "name"),
                     play_member(subject, "id_no"), play_member(v, "system"));
    return v;
}

static int refused(struct fed *f, struct site *at, const char *code, enum err want)
{
    return play_refused(&f->p, &at->s.window, verify_path, play_verify_body(&f->p, code), want);
}

static int pick_up(struct fed *f, struct site *at, struct json_object *verified, size_t first,
                   size_t n)
{
    int rc = CLI_OK;
    for (size_t k = first; rc == CLI_OK && k < first + n; k++)
        rc = play_pick_up(&f->p, &at->s, play_member(verified, "ticket"), play_class(&f->p, k));
    return rc;
}

/* Issued in one system, shown in another, verified there, and picked up. */
static int across(struct fed *f, const char *from_name, const char *to_name, const char *how,
                  const char *type, size_t first, size_t n)
{
    struct site *from = site(f, from_name), *to = site(f, to_name);
    if (from == NULL || to == NULL)
        return CLI_FAILED;
    (void)printf("\n== A code of %s is shown in %s: %s\n", title(from), title(to), how);
    struct json_object *issued = issue(f, from, type, first, n, 0);
    if (issued == NULL)
        return CLI_FAILED;
    (void)printf("   issued %s, authorization %s\n", type, play_member(issued, "sqbh"));
    struct json_object *verified = verify(f, to, play_member(issued, "code"));
    return verified != NULL ? pick_up(f, to, verified, first, n) : CLI_FAILED;
}

/* --- refused codes --- */

static int forged(struct fed *f, struct site *from, struct site *to)
{
    (void)printf("   One character of the signature was changed.\n");
    struct json_object *issued = issue(f, from, "ZWM1", 0, 1, 0);
    if (issued == NULL)
        return CLI_FAILED;
    char *code = pool_strdup(f->p.cli->pool, play_member(issued, "code"));
    char *at = &code[strlen(code) - 20];
    *at = *at == 'A' ? 'B' : 'A';
    return refused(f, to, code, ERR_CODE_SIGNATURE);
}

static int expired(struct fed *f, struct site *from, struct site *to)
{
    (void)printf("   It was made to live for one second, and shown after that.\n");
    struct json_object *issued = issue(f, from, "ZWM1", 0, 1, 1);
    if (issued == NULL)
        return CLI_FAILED;
    int64_t deadline = json_object_get_int64(play_child(issued, "deadline"));
    while (clock_now_sec() <= deadline)
        (void)usleep(50000);
    return refused(f, to, play_member(issued, "code"), ERR_CODE_EXPIRED);
}

static int used(struct fed *f, struct site *from, struct site *to)
{
    (void)printf("   It was used once already.\n");
    struct json_object *issued = issue(f, from, "ZWM1", 0, 1, 0);
    if (issued == NULL || verify(f, to, play_member(issued, "code")) == NULL)
        return CLI_FAILED;
    return refused(f, to, play_member(issued, "code"), ERR_CODE_USED);
}

static int revoked(struct fed *f, struct site *from, struct site *to)
{
    (void)printf("   The subject has revoked the authorization.\n");
    struct json_object *issued = issue(f, from, "ZWM1", 0, 1, 0);
    if (issued == NULL)
        return CLI_FAILED;
    struct json_object *body =
        play_object((const char *const[]){"sqbh", play_member(issued, "sqbh"), NULL});
    (void)json_object_object_add(body, "subject", play_subject(&f->p, "person"));
    if (play_must(&f->p, &from->s.channel, "/api/v1/authorization/revoke", body) == NULL)
        return CLI_FAILED;
    return refused(f, to, play_member(issued, "code"), ERR_CODE_REVOKED);
}

static int refusals(struct fed *f)
{
    struct site *from = site(f, "province-a"), *to = site(f, "province-b");
    if (from == NULL || to == NULL)
        return CLI_FAILED;
    (void)printf("\n== Codes of %s that %s refuses\n", title(from), title(to));
    int rc = forged(f, from, to);
    if (rc == CLI_OK)
        rc = expired(f, from, to);
    if (rc == CLI_OK)
        rc = used(f, from, to);
    return rc == CLI_OK ? revoked(f, from, to) : rc;
}

/* --- scan to authorize --- */

static struct json_object *scan_classes(const struct fed *f, size_t n)
{
    struct json_object *list = play_classes(&f->p, 0, n);
    (void)json_object_array_add(list, json_object_new_string("identity"));
    return list;
}

static struct json_object *decide_body(const struct fed *f, const char *request_code)
{
    struct json_object *body =
        play_object((const char *const[]){"request_code", request_code, "decision", "grant", NULL});
    (void)json_object_object_add(body, "subject", play_subject(&f->p, "person"));
    (void)json_object_object_add(body, "xxlb", scan_classes(f, 1));
    return body;
}

static const char *text_of(struct json_object *o)
{
    return json_object_to_json_string_ext(o,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* The third party's request and the subject's decision; the grant as the third party gets it. */
static struct json_object *ask_and_grant(struct fed *f, struct site *asks, struct site *decides)
{
    struct json_object *body =
        play_object((const char *const[]){"purpose", "示例补贴资格核验", "czqx", "5", NULL});
    (void)json_object_object_add(body, "xxlb", scan_classes(f, 2));
    struct json_object *request =
        play_must(&f->p, &asks->s.window, "/api/v1/authorization/request", body);
    if (request == NULL)
        return NULL;
    const char *code = play_member(request, "request_code");
    (void)printf("   The window shows the request code:\n\n");
    if (play_draw(&f->p, code) != CLI_OK)
        return NULL;
    struct json_object *d =
        play_must(&f->p, &decides->s.channel, "/api/v1/authorization/detail",
                  play_object((const char *const[]){"request_code", code, NULL}));
    if (d == NULL)
        return NULL;
    (void)printf("\n   The subject's channel reads: %s asks for %s, 「%s」.\n",
                 play_member(play_child(d, "requester"), "org_name"),
                 text_of(play_child(d, "xxlb")), play_member(d, "purpose"));
    struct json_object *grant =
        play_must(&f->p, &decides->s.channel, "/api/v1/authorization/decide", decide_body(f, code));
    if (grant == NULL)
        return NULL;
    (void)printf("   The subject grants a part of it: authorization %s.\n",
                 play_member(grant, "sqbh"));
    return play_must(
        &f->p, &asks->s.window, "/api/v1/authorization/status",
        play_object((const char *const[]){"request_no", play_member(request, "request_no"), NULL}));
}

static int scan(struct fed *f)
{
    struct site *asks = site(f, "province-b"), *decides = site(f, "province-a");
    if (asks == NULL || decides == NULL)
        return CLI_FAILED;
    (void)printf("\n== Scan to authorize: a window of %s asks, the subject is at home in %s\n",
                 title(asks), title(decides));
    struct json_object *grant = ask_and_grant(f, asks, decides);
    if (grant == NULL)
        return CLI_FAILED;
    (void)printf("   The window asks what became of it: granted %s by %s (masked).\n",
                 text_of(play_child(grant, "xxlb")),
                 play_member(play_child(grant, "subject"), "name"));
    struct json_object *identity = play_object((const char *const[]){
        "class", "identity", "name", "the identity proven at home", "kind", "data", NULL});
    int rc = pick_up(f, asks, grant, 0, 1);
    if (rc == CLI_OK)
        rc = play_pick_up(&f->p, &asks->s, play_member(grant, "ticket"), identity);
    json_object_put(identity);
    if (rc != CLI_OK)
        return rc;
    (void)printf("   and tries %s, which was not granted\n",
                 play_member(play_class(&f->p, 1), "name"));
    return play_refused(&f->p, &asks->s.window, "/api/v1/data/pickup",
                        play_object((const char *const[]){
                            "ticket", play_member(grant, "ticket"), "class",
                            play_member(play_class(&f->p, 1), "class"), "as", "file", NULL}),
                        ERR_CLASS_NOT_AUTHORIZED);
}

/* --- the trust list at work --- */

/* Fresh codes of `from` are shown in `to` until the answer is `want`. */
static int until(struct fed *f, struct site *from, struct site *to, enum err want)
{
    const char *code = "", *msg = "";
    for (int k = 0; k < TRIES; k++) {
        struct json_object *issued = issue(f, from, "ZWM1", 0, 1, 0);
        if (issued == NULL)
            return CLI_FAILED;
        struct json_object *item =
            play_call(&f->p, &to->s.window, verify_path,
                      play_verify_body(&f->p, play_member(issued, "code")), &code, &msg);
        if (strcmp(item != NULL ? "" : code, err_row(want)->code) == 0 &&
            (item != NULL) == (want == ERR_OK)) {
            (void)printf("   a fresh code of %s in %s: %s %s\n", title(from), title(to),
                         want == ERR_OK ? "verified" : code, msg);
            return CLI_OK;
        }
        (void)usleep(PAUSE_US);
    }
    return cli_fail(f->p.cli, "still %s %s after %d s", code, msg,
                    (int)((int64_t)TRIES * PAUSE_US / 1000000));
}

/* An operator's command at a system, shown as it would be typed. */
static int operate(struct fed *f, const char *name, const char *verb, const char *system)
{
    char *const argv[] = {"zwm", "route", (char *)(uintptr_t)verb, (char *)(uintptr_t)system, NULL};
    struct site *at = site(f, name);
    pid_t pid;
    int status;
    if (at == NULL)
        return CLI_FAILED;
    (void)setenv("ZWM_VAR", at->var, 1);
    (void)printf("   $ ZWM_VAR=%s zwm route %s %s\n", at->var, verb, system);
    (void)fflush(stdout);
    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cli_fail(f->p.cli, "zwm route %s %s failed", verb, system);
    return CLI_OK;
}

/* --- the three phases --- */

static int phase_all(struct fed *f)
{
    static const char *const names[] = {"national", "province-a", "province-b",
                                        "city-a",   "department", NULL};
    int rc = open_all(f, names);
    if (rc == CLI_OK)
        rc = across(f, "province-a", "province-b", "verified directly", "ZWM1", 0, 3);
    if (rc == CLI_OK)
        rc = across(f, "department", "province-b", "verified in relay through the national system",
                    "QYM1", 3, 2);
    if (rc == CLI_OK)
        rc = across(f, "province-b", "department", "the other way, in relay again", "ZWM1", 0, 1);
    if (rc == CLI_OK)
        rc = across(f, "city-a", "province-b", "the city is found through its province", "ZWM1", 0,
                    1);
    if (rc == CLI_OK)
        rc = refusals(f);
    return rc == CLI_OK ? scan(f) : rc;
}

static int phase_alone(struct fed *f)
{
    static const char *const names[] = {"province-a", "province-b", "department", NULL};
    int rc = open_all(f, names);
    if (rc == CLI_OK)
        rc =
            across(f, "province-a", "province-b", "directly, by the last trust list", "ZWM1", 0, 1);
    if (rc != CLI_OK)
        return rc;
    (void)printf("\n== A code of the department cannot get through meanwhile\n");
    struct json_object *issued = issue(f, site(f, "department"), "ZWM1", 0, 1, 0);
    return issued != NULL ? refused(f, site(f, "province-b"), play_member(issued, "code"),
                                    ERR_SYSTEM_UNREACHABLE)
                          : CLI_FAILED;
}

static int phase_back(struct fed *f)
{
    static const char *const names[] = {"national", "province-b", "department", NULL};
    int rc = open_all(f, names);
    if (rc != CLI_OK)
        return rc;
    struct site *department = site(f, "department"), *province = site(f, "province-b");
    if (department == NULL || province == NULL)
        return CLI_FAILED;
    (void)printf("\n== Codes of the department get through again\n");
    rc = until(f, department, province, ERR_OK);
    if (rc == CLI_OK)
        (void)printf("\n== The national system suspends the department: an update of the list\n");
    if (rc == CLI_OK)
        rc = operate(f, "national", "suspend", department->system);
    if (rc == CLI_OK)
        rc = until(f, department, province, ERR_SYSTEM_SUSPENDED);
    if (rc == CLI_OK)
        rc = operate(f, "national", "resume", department->system);
    return rc == CLI_OK ? until(f, department, province, ERR_OK) : rc;
}

int play_federation(struct cli *cli, const char *file, int phase)
{
    struct fed f = {.n = 0};
    int rc = play_begin(cli, &f.p);
    if (rc == CLI_OK)
        rc = read_file(&f, file);
    if (phase < 2)
        (void)printf("Cases across code systems, played with real calls. People, organisations and "
                     "licences are invented.\n");
    if (rc == CLI_OK && phase < 2)
        rc = phase_all(&f);
    if (rc == CLI_OK && phase == 2)
        rc = phase_alone(&f);
    if (rc == CLI_OK && (phase == 0 || phase == 3))
        rc = phase_back(&f);
    for (size_t k = 0; k < f.n; k++)
        play_site_close(&f.sites[k].s);
    json_object_put(f.file);
    play_end(&f.p);
    return rc;
}
