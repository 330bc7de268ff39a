/* open: what several commands need: the instance's store and keys. Part of the `zwm` command. */
#ifndef ZWM_CLI_OPEN_H
#define ZWM_CLI_OPEN_H

#include "core/base/work.h"
#include "core/cli/cli.h"
#include "core/crypto/keyring.h"
#include "core/net/trust.h"
#include "core/store/admin.h"

struct instance {
    struct conf conf;
    struct keyring *kr;
    struct db *db;
    struct work work; /* for acts of the operator */
};

/* Settings, keys and an admin connection; closed with the pool of the command. CLI_OK or the
 * failure, said. */
int cli_open(struct cli *cli, struct instance *i_r);
/* Opens the store of an instance whose keys are open, and prints nothing. Returns ERR_STORAGE if
 * the database does not answer, ERR_BAD if it does not fit this program. */
ERR_CHECK enum err cli_open_store(struct cli *cli, struct instance *i);
/* The same without the store. */
int cli_open_keys(struct cli *cli, struct instance *i_r);

/* The trust list in force here, under the key that this system trusts; NULL if there is none or
 * it does not hold. The caller releases it. */
struct trust *cli_trust(struct cli *cli, const struct instance *i);
/* The one that was in force at `at_sec`, under the key that this system trusts now. */
struct trust *cli_trust_at(struct cli *cli, const struct instance *i, int64_t at_sec);

/* The context for what this command does now, without an HTTP client and a trust list. It points
 * into *i. */
struct work cli_work(struct cli *cli, const struct instance *i);

/* An SM2 private key in PEM, opened with the passphrase of a file (NULL: none); the caller frees
 * it. CLI_OK or the failure, said. */
int cli_load_key(struct cli *cli, const char *path, const char *passphrase_file,
                 struct sm2_key **key_r);

/* `at_sec` as people read it: UTC, ISO 8601, in the pool. */
const char *cli_time(struct cli *cli, int64_t at_sec);

/* Says why a store operation failed. */
int cli_store_failed(const struct cli *cli, enum err e);

/* Writes the invented people of the sample login for its responder. */
int sample_people_make(struct cli *cli, const struct conf *conf);
/* Makes the sample information service's data: classes, licences for the invented subjects and for
 * anyone, PDF files. */
int sample_data_make(struct cli *cli, struct instance *i);

#endif
