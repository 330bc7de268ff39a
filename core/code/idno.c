#include "core/code/idno.h"

#include <string.h>

#include "core/base/text.h"

enum { RESIDENT_LEN = 18, USCC_LEN = 18, OTHER_MAX = 64 };

static bool is_digits(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
    }
    return true;
}

static long number_of(const char *digits, size_t len)
{
    long n = 0;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (digits[i] - '0');
    return n;
}

static bool date_exists(long year, long month, long day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    /* Nobody with a number was born before 1800: a smaller year is a slip of the keyboard. */
    if (year < 1800 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool idno_resident_is_valid(const char *number, long today)
{
    static const char check[] = "10X98765432";
    static const int weight[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    if (strlen(number) != RESIDENT_LEN || !is_digits(number, RESIDENT_LEN - 1))
        return false;
    long date = number_of(number + 6, 8);
    if (!date_exists(date / 10000, date / 100 % 100, date % 100) || (today != 0 && date > today))
        return false;
    for (size_t i = 0; i < RESIDENT_LEN - 1; i++)
        sum += (number[i] - '0') * weight[i];
    return number[RESIDENT_LEN - 1] == check[sum % 11];
}

bool idno_uscc_is_valid(const char *number)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1, value = 0;

    if (strlen(number) != USCC_LEN)
        return false;
    for (size_t i = 0; i < USCC_LEN; i++) {
        const char *at = strchr(alphabet, number[i]);
        if (at == NULL)
            return false;
        value = (int)(at - alphabet);
        if (i < USCC_LEN - 1) {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
    }
    return value == (31 - sum % 31) % 31;
}

bool idno_type_is_valid(const char *type)
{
    size_t len = strlen(type);
    return (len == 2 || len == 3) && is_digits(type, len);
}

/* Controls, line separators, and what has no width or turns the direction: none of it is seen on a
 * page. */
static bool is_printable(uint32_t cp)
{
    static const uint32_t hidden[][2] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},
                                         {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                                         {0xfeff, 0xfeff}, {0xfff9, 0xfffb}};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (cp >= hidden[i][0] && cp <= hidden[i][1])
            return false;
    }
    return true;
}

static bool other_is_valid(const char *number)
{
    size_t len = strlen(number), n = 0;

    while (len > 0) {
        uint32_t cp;
        size_t used = utf8_next(number, len, &cp);
        if (used == 0 || !is_printable(cp) || ++n > OTHER_MAX)
            return false;
        number += used;
        len -= used;
    }
    return n > 0;
}

bool idno_is_valid(const char *type, const char *number, long today)
{
    if (strcmp(type, IDNO_TYPE_RESIDENT) == 0)
        return idno_resident_is_valid(number, today);
    if (strcmp(type, IDNO_TYPE_USCC) == 0)
        return idno_uscc_is_valid(number);
    return idno_type_is_valid(type) && other_is_valid(number);
}
