/* play: what the cases of `zwm play` share: a code system with an app that shows codes and a window
 * that scans them, and their calls, told in plain words. Part of the `zwm` command. */
#ifndef ZWM_CLI_PLAY_H
#define ZWM_CLI_PLAY_H

#include "core/cli/client.h"
#include "core/cli/open.h"

struct play {
    struct cli *cli;
    struct json_object *seed; /* sql/seed/sample-subjects.json; put by play_end */
    int registered;           /* apps newly registered: in force within a second */
};

/* A code system's own channel app and service window, keys kept in VAR/play. */
struct play_site {
    struct instance i;
    struct client channel, window;
    struct sm2_key *channel_key, *window_key;
    struct http_client *http;
    const char *dir;
};

int play_begin(struct cli *cli, struct play *p_r);
void play_end(struct play *p);
/* Opens the instance of $ZWM_VAR and registers the two apps if they are new. Close it whatever
 * was returned. */
int play_site_open(struct play *p, struct play_site *s_r);
void play_site_close(struct play_site *s);
/* Waits until new registrations are in force. */
void play_settle(struct play *p);

/* --- JSON: "" and NULL for what is not there --- */
const char *play_member(struct json_object *o, const char *name);
struct json_object *play_child(struct json_object *o, const char *name);
/* An object of strings; `pairs` NULL-ended. */
struct json_object *play_object(const char *const *pairs);
/* The subject `who` (person, enterprise) of the seed as a channel has identified it. */
struct json_object *play_subject(const struct play *p, const char *who);
/* The class at `k` of the seed; play_classes: n names of them from `first` on, as a list. */
struct json_object *play_class(const struct play *p, size_t k);
struct json_object *play_classes(const struct play *p, size_t first, size_t n);

/* --- bodies; given to a call, which puts them --- */
/* `classes` is taken. */
struct json_object *play_issue_body(const struct play *p, const char *type, const char *who,
                                    struct json_object *classes);
struct json_object *play_verify_body(const struct play *p, const char *code);

/* --- calls --- */
/* The item of a good answer; NULL otherwise: error_code in *code_r ("" if no answer came) and
 * the message or failure in *msg_r. */
struct json_object *play_call(struct play *p, const struct client *c, const char *target,
                              struct json_object *body, const char **code_r, const char **msg_r);
/* The same; says what went wrong. */
struct json_object *play_must(struct play *p, const struct client *c, const char *target,
                              struct json_object *body);
/* Wants this error and tells it. */
int play_refused(struct play *p, const struct client *c, const char *target,
                 struct json_object *body, enum err want);
/* Picks up `class` (a row of the seed) with a ticket, opens it, checks its SM3. */
int play_pick_up(struct play *p, const struct play_site *s, const char *ticket,
                 struct json_object *class);
/* Draws a text as a QR symbol. */
int play_draw(const struct play *p, const char *text);

/* The cases across code systems: `file` is federation.json; phase 1 with all up, 2 without the
 * national system, 3 when it is back; 0: phases 1 and 3. */
int play_federation(struct cli *cli, const char *file, int phase);

#endif
