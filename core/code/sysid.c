#include "core/code/sysid.h"

#include <string.h>

static bool is_digits(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
    }
    return true;
}

/* The six digits say which kind of place they name; the class must say the same. */
static bool fits_class(enum sysid_class cls, const char *platform)
{
    bool department = memcmp(platform, "000", 3) == 0;
    bool nation = memcmp(platform, "000000", 6) == 0;

    switch (cls) {
    case SYSID_NATIONAL:
        return nation;
    case SYSID_REGIONAL:
        return !department;
    case SYSID_DEPARTMENTAL:
        return department && !nation;
    }
    return false;
}

enum err sysid_parse(const char *text, struct sysid *id_r)
{
    struct sysid id = {0};

    /* Digits first: is_digits stops at a NUL, so a short text is not read past its end. */
    if (!is_digits(text, SYSID_LEN) || text[SYSID_LEN] != '\0')
        return ERR_BAD;
    if (text[0] < '1' || text[0] > '3')
        return ERR_BAD;
    memcpy(id.text, text, SYSID_LEN);
    memcpy(id.platform, text + 1, SYSID_PLATFORM_LEN);
    id.cls = (enum sysid_class)(text[0] - '0');
    id.serial = (text[7] - '0') * 10 + (text[8] - '0');
    if (id.serial == 0 || !fits_class(id.cls, id.platform))
        return ERR_BAD;
    *id_r = id;
    return ERR_OK;
}

enum err sysid_division_parent(const char division[SYSID_PLATFORM_LEN + 1],
                               char parent[SYSID_PLATFORM_LEN + 1])
{
    size_t keep;

    if (!is_digits(division, SYSID_PLATFORM_LEN) || division[SYSID_PLATFORM_LEN] != '\0' ||
        memcmp(division, "000", 3) == 0)
        return ERR_ABSENT;
    if (memcmp(division + 4, "00", 2) != 0)
        keep = 4;
    else if (memcmp(division + 2, "00", 2) != 0)
        keep = 2;
    else
        return ERR_ABSENT;
    char out[SYSID_PLATFORM_LEN + 1] = "000000";
    memcpy(out, division, keep);
    memcpy(parent, out, sizeof out);
    return ERR_OK;
}
