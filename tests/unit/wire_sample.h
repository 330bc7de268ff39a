/* A field table with a row of every type, for the tests and fuzz targets of core/wire. */
#ifndef ZWM_TESTS_WIRE_SAMPLE_H
#define ZWM_TESTS_WIRE_SAMPLE_H

#include "core/wire/field.h"

struct sample_person {
    const char *name, *id_no;
    struct field_strings tags;
};

struct sample {
    const char *code, *note;
    struct field_int count, big;
    enum field_bool flag;
    struct sample_person *subject;
    struct field_strings xxlb;
    struct field_objects people;
    struct json_object *xxsy;
};

static const struct field sample_person_rows[] = {
    {.name = "name",
     .type = FIELD_STRING,
     .required = true,
     .min = 1,
     .max = 4,
     .offset = offsetof(struct sample_person, name)},
    {.name = "id_no",
     .type = FIELD_STRING,
     .min = 1,
     .max = 18,
     .check = field_is_digits,
     .sensitive = true,
     .offset = offsetof(struct sample_person, id_no)},
    {.name = "tags",
     .type = FIELD_STRINGS,
     .min = 0,
     .max = 4,
     .item_max = 4,
     .offset = offsetof(struct sample_person, tags)},
};
static const struct fields sample_person_fields =
    FIELDS("Person", struct sample_person, sample_person_rows);

static const struct field sample_rows[] = {
    {.name = "code",
     .type = FIELD_STRING,
     .required = true,
     .control = true,
     .min = 1,
     .max = 300,
     .offset = offsetof(struct sample, code)},
    {.name = "note",
     .type = FIELD_STRING,
     .min = 0,
     .max = 5,
     .offset = offsetof(struct sample, note)},
    {.name = "count",
     .type = FIELD_INT,
     .min = -5,
     .max = 100,
     .offset = offsetof(struct sample, count)},
    {.name = "big",
     .type = FIELD_INT,
     .min = INT64_MIN,
     .max = INT64_MAX,
     .offset = offsetof(struct sample, big)},
    {.name = "flag", .type = FIELD_BOOL, .offset = offsetof(struct sample, flag)},
    {.name = "subject",
     .type = FIELD_OBJECT,
     .sub = &sample_person_fields,
     .offset = offsetof(struct sample, subject)},
    {.name = "xxlb",
     .type = FIELD_STRINGS,
     .min = 0,
     .max = 3,
     .item_max = 8,
     .check = field_is_class,
     .offset = offsetof(struct sample, xxlb)},
    {.name = "people",
     .type = FIELD_OBJECTS,
     .min = 1,
     .max = 2,
     .sub = &sample_person_fields,
     .offset = offsetof(struct sample, people)},
    {.name = "xxsy",
     .type = FIELD_FREE,
     .min = 0,
     .max = 3,
     .offset = offsetof(struct sample, xxsy)},
};
static const struct fields sample_fields = FIELDS("Sample", struct sample, sample_rows);

#endif
