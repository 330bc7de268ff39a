/* zwm play: one whole case in plain words, with real calls over HTTPS: issue, show, verify, pick up
 * as data and as a file, a second verification refused; then the same for an enterprise. Any answer
 * that is not as it must be ends it. With --federation, cases across code systems
 * (play_federation.c). */
#include <string.h>

#include "core/cli/play/play.h"

static int play_case(struct play *p, const struct play_site *s, const char *type, const char *who,
                     size_t first_class, size_t classes_n)
{
    (void)printf(
        "\n== %s: %s (%s)\n1. The channel app has identified the subject and asks for a code.\n",
        type, play_member(play_child(p->seed, who), "name"), who);
    struct json_object *issued =
        play_must(p, &s->channel, "/api/v1/code/issue",
                  play_issue_body(p, type, who, play_classes(p, first_class, classes_n)));
    if (issued == NULL)
        return CLI_FAILED;
    const char *code = play_member(issued, "code");
    (void)printf("   issued %s, authorization %s\n2. The subject shows it:\n\n", type,
                 play_member(issued, "sqbh"));
    int rc = play_draw(p, code);
    (void)printf("\n3. The service window scans it; the code system verifies.\n");
    struct json_object *verified =
        rc == CLI_OK ? play_must(p, &s->window, "/api/v1/code/verify", play_verify_body(p, code))
                     : NULL;
    if (verified == NULL)
        return CLI_FAILED;
    struct json_object *subject = play_child(verified, "subject");
    (void)printf("   genuine, unused, of %s, %s (masked)\n4. With the ticket the window picks up "
                 "what was authorized, and no more.\n",
                 play_member(subject, "name"), play_member(subject, "id_no"));
    for (size_t k = 0; rc == CLI_OK && k < classes_n; k++)
        rc = play_pick_up(p, s, play_member(verified, "ticket"), play_class(p, first_class + k));
    if (rc != CLI_OK)
        return rc;
    (void)printf("5. The same code is scanned a second time.\n");
    return play_refused(p, &s->window, "/api/v1/code/verify", play_verify_body(p, code),
                        ERR_CODE_USED);
}

static int play_alone(struct cli *cli)
{
    struct play p;
    struct play_site s = {.http = NULL};
    (void)printf(
        "A case played with real calls. People, organisations and licences are invented.\n");
    int rc = play_begin(cli, &p);
    if (rc == CLI_OK)
        rc = play_site_open(&p, &s);
    play_settle(&p);
    if (rc == CLI_OK)
        rc = play_case(&p, &s, "ZWM1", "person", 0, 3);
    if (rc == CLI_OK)
        rc = play_case(&p, &s, "QYM1", "enterprise", 3, 2);
    play_site_close(&s);
    play_end(&p);
    return rc;
}

int cmd_play(struct cli *cli, int argc, char **argv)
{
    const char *file = NULL, *phase = NULL;
    const struct cli_opt opts[] = {{"federation", &file, NULL, false},
                                   {"phase", &phase, NULL, false}};
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], NULL, 0, NULL);
    if (rc != CLI_OK)
        return rc;
    if (phase != NULL && (file == NULL || strlen(phase) != 1 || *phase < '1' || *phase > '3'))
        return cli_usage(cli, "--phase is 1, 2 or 3 and goes with --federation");
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* in order with what is said on standard error */
    if (file == NULL)
        return play_alone(cli);
    return play_federation(cli, file, phase != NULL ? *phase - '0' : 0);
}
