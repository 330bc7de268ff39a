#include "core/wire/calls/people.h"

#include <string.h>

#include "core/code/idno.h"
#include "core/wire/calls/rows.h"

static bool is_person_or_enterprise(const char *s)
{
    return strcmp(s, "person") == 0 || strcmp(s, "enterprise") == 0;
}

static bool is_person_or_organisation(const char *s)
{
    return strcmp(s, "person") == 0 || strcmp(s, "organisation") == 0;
}

static bool is_zero_or_one(const char *s)
{
    return strcmp(s, "0") == 0 || strcmp(s, "1") == 0;
}

static const struct field agent_rows[] = {
    ROW(struct agent, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name"),
    ROW(struct agent, id_type, STRING, true, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$", .doc = "GA/T 2000.156 code; 111 resident identity card"),
    ROW(struct agent, id_no, STRING, true, 1, NUMBER_MAX_CP, .sensitive = true,
        .doc = "number; 111 is checked by GB 11643"),
};
static const struct fields agent_fields = FIELDS("Agent", struct agent, agent_rows);

static const struct field subject_rows[] = {
    ROW(struct subject, type, STRING, true, 1, 16, .check = is_person_or_enterprise,
        .pattern = "^(person|enterprise)$", .doc = "person or enterprise"),
    ROW(struct subject, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name"),
    ROW(struct subject, id_type, STRING, true, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$",
        .doc = "111 resident identity card (person), 98 unified social credit code (enterprise), "
               "other codes of GA/T 2000.156"),
    ROW(struct subject, id_no, STRING, true, 1, NUMBER_MAX_CP, .sensitive = true,
        .doc = "number; 111 is checked by GB 11643, 98 by GB 32100"),
    ROW(struct subject, phone, STRING, false, 5, 20, .check = calls_is_phone,
        .pattern = "^[0-9+-]+$", .sensitive = true, .doc = "telephone number"),
    ROW(struct subject, agent, OBJECT, false, 0, 0, .sub = &agent_fields,
        .doc = "the legal representative or agent who acts for an enterprise; QYM1 wants one"),
    ROW(struct subject, assurance, INT, true, 1, 4,
        .doc = "assurance level of the identification by the channel; ZWM1 wants 2, QYM1 wants 3"),
};
const struct fields subject_fields = FIELDS("Subject", struct subject, subject_rows);

static const struct field scanner_rows[] = {
    ROW(struct scanner, type, STRING, true, 1, 16, .check = is_person_or_organisation,
        .pattern = "^(person|organisation)$", .doc = "person or organisation"),
    ROW(struct scanner, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name"),
    ROW(struct scanner, id_type, STRING, true, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$", .doc = "GA/T 2000.156 code"),
    ROW(struct scanner, id_no, STRING, true, 1, NUMBER_MAX_CP, .sensitive = true,
        .doc = "number; 111 and 98 are checked"),
};
const struct fields scanner_fields = FIELDS("Scanner", struct scanner, scanner_rows);

static const struct field bsqzt_rows[] = {
    ROW(struct bsqzt, bsqztlx, STRING, true, 1, 1, .check = is_zero_or_one, .pattern = "^[01]$",
        .doc = "0 organisation, 1 person (QYM 6.1.2)"),
    ROW(struct bsqzt, bsqzxm, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name of the person or organisation the authorization is for"),
    ROW(struct bsqzt, zjlx, STRING, false, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$", .doc = "GA/T 2000.156 code"),
    ROW(struct bsqzt, zjhm, STRING, false, 1, NUMBER_MAX_CP, .check = field_is_printable,
        .sensitive = true,
        .doc = "number; compared with the caller's unified social credit code (0) or the scanner's "
               "number (1); without it the names are compared"),
};
const struct fields bsqzt_fields = FIELDS("Bsqzt", struct bsqzt, bsqzt_rows);

static const struct field requester_rows[] = {
    ROW(struct requester, app_id, STRING, true, 1, 32, .check = field_is_app_id,
        .pattern = "^[A-Za-z0-9._-]+$", .doc = "the app at its own system"),
    ROW(struct requester, org_name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .doc = "its organisation"),
    ROW(struct requester, uscc, STRING, true, 1, 64, .check = field_is_printable,
        .doc = "unified social credit code of the organisation"),
    SYSTEM_ROW(struct requester, system, true, "identifier of its code system"),
    ROW(struct requester, public_key, STRING, true, 1, 512,
        .doc = "base64 SubjectPublicKeyInfo, to seal for"),
};
const struct fields requester_fields = FIELDS("Requester", struct requester, requester_rows);

static const struct field masked_rows[] = {
    ROW(struct masked_subject, type, STRING, true, 1, 16, .pattern = "^(person|enterprise)$",
        .doc = "person or enterprise"),
    ROW(struct masked_subject, name, STRING, true, 1, NAME_MAX_CP,
        .doc = "masked: first character and **"),
    ROW(struct masked_subject, id_no, STRING, true, 1, NUMBER_MAX_CP,
        .doc = "masked: first four characters and *****"),
};
const struct fields masked_fields = FIELDS("MaskedSubject", struct masked_subject, masked_rows);
