#include "core/store/licence.h"

#include "core/store/columns.h"

static const struct row_column of_licence[] = {
    COL_TEXT(struct sample_licence, data),
    COL_TEXT(struct sample_licence, file_name),
};
const struct row_columns sample_licence_columns =
    ROW_COLUMNS(struct sample_licence, of_licence, NULL);

enum err sample_licence_find(struct db *db, struct pool *p, const char *class, const char *number,
                             struct sample_licence *l_r)
{
    return db_find(db, NULL, p, STMT_SAMPLE_LICENCE,
                   (struct db_param[]){DB_STR(class), DB_STR(number)}, DB_INTO(l_r));
}
