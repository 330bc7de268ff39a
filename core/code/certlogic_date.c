/* Date-times of CertLogic. The calendar is the C library's (timegm carries months and days over as
 * JavaScript does); here are the forms of text that the specification allows. */
#include <math.h>
#include <string.h>
#include <stdio.h>
#include <time.h>

#include "core/code/certlogic_int.h"

enum { MS = 1000, HOUR_MS = 3600 * MS, DAY_MS = 24 * HOUR_MS };

static const int64_t date_most = INT64_C(8640000000000000);

/* What is left of the text being read. */
struct rest {
    const char *at, *end;
};

static bool take(struct rest *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Exactly `n` decimal digits. */
static bool take_digits(struct rest *r, int n, int *value_r)
{
    if (r->end - r->at < n)
        return false;
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (r->at[i] < '0' || r->at[i] > '9')
            return false;
        v = v * 10 + (r->at[i] - '0');
    }
    r->at += n;
    *value_r = v;
    return true;
}

/* `.` and digits; the first three count. Without a point it is 0. */
static bool take_fraction(struct rest *r, int *ms_r)
{
    int unit = 100, digit;

    *ms_r = 0;
    if (!take(r, '.'))
        return true;
    if (!take_digits(r, 1, &digit))
        return false;
    do {
        *ms_r += digit * unit;
        unit /= 10;
    } while (take_digits(r, 1, &digit));
    return true;
}

/* The end of a date-time: nothing, `Z`, or a sign and `h`, `hh`, `hmm`, `hhmm`, `h:mm` or `hh:mm`;
 * a colon may also be last. Minutes east of Greenwich; `*exists_r` is false if a clock has no such
 * time. */
static bool take_offset(struct rest *r, int *minutes_r, bool *exists_r)
{
    int hours = 0, minutes = 0;

    *minutes_r = 0;
    *exists_r = true;
    if (r->at == r->end || take(r, 'Z'))
        return r->at == r->end;
    bool west = *r->at == '-';
    if (!take(r, '+') && !take(r, '-'))
        return false;
    const char *colon = memchr(r->at, ':', (size_t)(r->end - r->at));
    ptrdiff_t digits = (colon != NULL ? colon : r->end) - r->at;
    bool hmm = colon == NULL && digits > 2; /* hours and minutes in one */
    if (!take_digits(r, digits - (hmm ? 2 : 0) == 1 ? 1 : 2, &hours))
        return false;
    bool had_colon = take(r, ':');
    if ((had_colon ? r->at < r->end : hmm) && !take_digits(r, 2, &minutes))
        return false;
    *exists_r = hours < 24 && minutes < 60;
    *minutes_r = (west ? -1 : 1) * (hours * 60 + minutes);
    return r->at == r->end;
}

struct clock_time {
    int hour, minute, second, ms, offset_min;
};

static enum err take_time(struct rest *r, struct clock_time *t)
{
    bool offset_exists;

    if (!take(r, 'T') || !take_digits(r, 2, &t->hour) || !take(r, ':') ||
        !take_digits(r, 2, &t->minute) || !take(r, ':') || !take_digits(r, 2, &t->second) ||
        !take_fraction(r, &t->ms) || !take_offset(r, &t->offset_min, &offset_exists))
        return ERR_ABSENT;
    bool midnight = t->hour == 24 && t->minute == 0 && t->second == 0 && t->ms == 0;
    bool exists = (t->hour < 24 || midnight) && t->minute < 60 && t->second < 60;
    return exists && offset_exists ? ERR_OK : ERR_BAD;
}

static int64_t day_start_ms(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (int64_t)timegm(&tm) * MS;
}

enum err certlogic_date_parse(const char *s, size_t len, bool time, int64_t *ms_r)
{
    struct rest r = {s, s + len};
    struct clock_time t = {0};
    int year, month, day;

    if (!take_digits(&r, 4, &year))
        return ERR_ABSENT;
    if (r.at == r.end) {
        *ms_r = day_start_ms(year, 12, 31);
        return ERR_OK;
    }
    if (!take(&r, '-') || !take_digits(&r, 2, &month))
        return ERR_ABSENT;
    bool month_exists = month >= 1 && month <= 12;
    if (r.at == r.end) {
        *ms_r = day_start_ms(year, month + 1, 0);
        return month_exists ? ERR_OK : ERR_BAD;
    }
    if (!take(&r, '-') || !take_digits(&r, 2, &day))
        return ERR_ABSENT;
    if (r.at < r.end) {
        enum err e = time ? take_time(&r, &t) : ERR_ABSENT;
        if (e != ERR_OK)
            return e;
    }
    /* A day past the end of its month, up to the 31st, goes on into the next month, as it does when
     * months are added. */
    if (!month_exists || day < 1 || day > 31)
        return ERR_BAD;
    *ms_r = day_start_ms(year, month, day) + (int64_t)t.hour * HOUR_MS +
            (int64_t)(t.minute - t.offset_min) * 60 * MS + t.second * MS + t.ms;
    return ERR_OK;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

enum certlogic_unit certlogic_unit_by_name(const char *name)
{
    static const char *const names[UNIT_MAX] = {"year", "month", "day", "hour"};
    int u = 0;

    while (u < UNIT_MAX && strcmp(names[u], name) != 0)
        u++;
    return (enum certlogic_unit)u;
}

enum err certlogic_date_add(int64_t ms, double amount, enum certlogic_unit unit, int64_t *ms_r)
{
    /* So many of a unit are more than the whole range of date-times, and calculate safely. */
    static const double most[UNIT_MAX] = {600e3, 7e6, 2e8, 5e9};

    if (!(fabs(amount) <= most[unit]))
        return ERR_BAD;
    int64_t n = (int64_t)amount;
    if (unit == UNIT_DAY || unit == UNIT_HOUR) {
        *ms_r = ms + n * (unit == UNIT_DAY ? DAY_MS : HOUR_MS);
    } else {
        struct tm tm;
        time_t sec = (time_t)floor_div(ms, MS);
        (void)gmtime_r(&sec, &tm);
        *(unit == UNIT_YEAR ? &tm.tm_year : &tm.tm_mon) += (int)n;
        *ms_r = (int64_t)timegm(&tm) * MS + (ms - (int64_t)sec * MS);
    }
    return *ms_r >= -date_most && *ms_r <= date_most ? ERR_OK : ERR_BAD;
}

void certlogic_date_text(int64_t ms, char out[CERTLOGIC_DATE_TEXT])
{
    struct tm tm;
    time_t sec = (time_t)floor_div(ms, MS);
    (void)gmtime_r(&sec, &tm);
    int year = tm.tm_year + 1900, n;

    if (year >= 0 && year <= 9999)
        n = snprintf(out, CERTLOGIC_DATE_TEXT, "%04d", year);
    else
        n = snprintf(out, CERTLOGIC_DATE_TEXT, "%+07d", year);
    (void)snprintf(out + n, CERTLOGIC_DATE_TEXT - (size_t)n, "-%02d-%02dT%02d:%02d:%02d.%03dZ",
                   (tm.tm_mon + 1) % 100, tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
                   tm.tm_sec % 100, (int)(ms - (int64_t)sec * MS) % 1000);
}
