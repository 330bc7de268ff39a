/* Symbols: QR is read back by zbar; the drawings are read back here, module by module. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "core/code/code.h"
#include "core/code/symbol.h"
#include "tests/unit/pool_state.h"

/* The text of the vectors' code number `i`. */
static char *code_text(size_t i)
{
    struct json_object *v = json_object_from_file("tests/vectors/code.json");
    assert_non_null(v);
    struct json_object *one = json_object_array_get_idx(json_object_object_get(v, "valid"), i);
    char *text = pool_strdup(pool, json_object_get_string(json_object_object_get(one, "text")));
    (void)json_object_put(v);
    return text;
}

static struct symbol make(enum symbol_kind kind, const char *text)
{
    struct symbol s;
    assert_int_equal(symbol_make(pool, kind, text, &s), ERR_OK);
    return s;
}

/* Plain PBM with the quiet zone, four pixels a module. */
static void write_pbm(FILE *f, const struct symbol *s)
{
    enum { PX = 4 };
    int side = (s->modules + 2 * s->quiet) * PX;
    (void)fprintf(f, "P1\n%d %d\n", side, side);
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            int mx = x / PX - s->quiet, my = y / PX - s->quiet;
            int in = mx >= 0 && my >= 0 && mx < s->modules && my < s->modules;
            (void)fputs(in && s->dark[my * s->modules + mx] ? "1 " : "0 ", f);
        }
        (void)fputc('\n', f);
    }
}

/* What zbar reads in the symbol, without the line feed that it adds. */
static char *read_back(const struct symbol *s)
{
    char path[] = "/tmp/zwm-symbol-XXXXXX", command[256], text[1024];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    write_pbm(f, s);
    assert_int_equal(fclose(f), 0);
    (void)snprintf(command, sizeof command,
                   "zbarimg --raw -q -Sdisable -Sqrcode.enable pbm:%s 2>/dev/null", path);
    FILE *out = popen(command, "r"); /* NOLINT(cert-env33-c): a fixed command */
    assert_non_null(out);
    size_t n = fread(text, 1, sizeof text - 1, out);
    (void)pclose(out);
    (void)unlink(path);
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return pool_strdup(pool, text);
}

static void need_zbar(void)
{
    /* NOLINTNEXTLINE(cert-env33-c): a fixed command */
    if (system("command -v zbarimg >/dev/null 2>&1") != 0) {
        print_message("SKIPPED: zbarimg is not installed (package zbar-tools)\n");
        skip();
    }
}

static void qr_is_read_by_zbar(void **state)
{
    (void)state;
    static const char *const others[] = {"A", "https://example.invalid/s?c=1&d=2", "0123456789",
                                         "政务服务码"};
    need_zbar();
    for (size_t i = 0; i < 2; i++) {
        char *text = code_text(i);
        struct symbol s = make(SYMBOL_QR, text);
        assert_int_equal(strlen(text), i == 0 ? 240 : 232);
        assert_string_equal(read_back(&s), text);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct symbol s = make(SYMBOL_QR, others[i]);
        assert_string_equal(read_back(&s), others[i]);
    }
}

static void a_changed_symbol_reads_otherwise_or_not(void **state)
{
    (void)state;
    need_zbar();
    char *text = code_text(0);
    struct symbol s = make(SYMBOL_QR, text);
    uint8_t *dark = pool_memdup(pool, s.dark, (size_t)s.modules * (size_t)s.modules);
    for (int i = s.modules * s.modules / 3; i < s.modules * s.modules; i++)
        dark[i] = 0;
    s.dark = dark;
    assert_string_not_equal(read_back(&s), text);
}

/* ISO/IEC 18004: a side of 17 + 4 v modules; 240 alphanumeric characters at level M want version 9
 * (53 modules), which takes 262. */
static void qr_size_and_correction(void **state)
{
    (void)state;
    struct symbol s = make(SYMBOL_QR, code_text(0));
    assert_int_equal(s.modules, 17 + 4 * 9);
    assert_int_equal(s.quiet, 4);
    /* The format's first two bits, behind the mask 10: L 11, M 10, Q 01, H 00. */
    static const char *const texts[] = {"A", "HELLO WORLD", "0123456789",
                                        "lower case and more of it"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        s = make(SYMBOL_QR, texts[i]);
        const uint8_t *format = s.dark + (size_t)8 * (size_t)s.modules;
        assert_false(format[0] == 1 && format[1] == 1);
    }
}

/* GB/T 18284: finder patterns in three corners, not in the fourth. */
static void qr_stands_upright(void **state)
{
    (void)state;
    struct symbol s = make(SYMBOL_QR, code_text(0));
    for (int i = 0; i < 7; i++) {
        assert_int_equal(s.dark[i], 1);
        assert_int_equal(s.dark[s.modules - 1 - i], 1);
        assert_int_equal(s.dark[(s.modules - 1) * s.modules + i], 1);
        assert_int_equal(s.dark[i * s.modules], 1);
    }
    int corner = 0;
    for (int i = 0; i < 7; i++)
        corner += s.dark[(s.modules - 1) * s.modules + s.modules - 1 - i];
    assert_true(corner < 7);
}

/* GB/T 21049: 21 + 2 v modules a side, v 1 to 84; GB/T 27766: 6 + 12 v, v 1 to 13. */
static void other_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct symbol h = make(SYMBOL_HANXIN, code_text(i)),
                      g = make(SYMBOL_GRIDMATRIX, code_text(i));
        assert_true(h.modules >= 23 && h.modules <= 189 && h.modules % 2 == 1);
        assert_true(g.modules >= 18 && g.modules <= 162 && g.modules % 12 == 6);
        assert_true(h.quiet >= 3);
        assert_true(g.quiet >= 6);
        int n = g.modules, dark = 0;
        for (int m = 0; m < n * n; m++) {
            assert_true(g.dark[m] <= 1);
            dark += g.dark[m];
        }
        assert_true(dark > n * n / 4 && dark < n * n * 3 / 4);
        /* Grid Matrix: macro modules of 6 x 6 with a frame; neighbours' frames alternate. */
        for (int x = 0; x + 6 < n; x += 6)
            assert_int_not_equal(g.dark[x], g.dark[x + 6]);
    }
}

static void what_does_not_fit(void **state)
{
    (void)state;
    struct symbol s = {.modules = -1};
    char *big = pool_alloc(pool, 8001);
    memset(big, 'a', 8000);
    for (unsigned k = 0; k < SYMBOL_MAX; k++) {
        assert_int_equal(symbol_make(pool, (enum symbol_kind)k, big, &s), ERR_BAD);
        assert_int_equal(symbol_make(pool, (enum symbol_kind)k, "", &s), ERR_BAD);
        assert_int_equal(symbol_make(pool, (enum symbol_kind)k, "\xff\xfe", &s), ERR_BAD);
    }
    assert_int_equal(s.modules, -1);
}

static void kinds(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "QR", "qrcode", "han-xin", "gridmatrix ", "datamatrix"};
    enum symbol_kind k = SYMBOL_MAX;
    assert_int_equal(symbol_kind_by_name("qr", &k), ERR_OK);
    assert_int_equal(k, SYMBOL_QR);
    assert_int_equal(symbol_kind_by_name("hanxin", &k), ERR_OK);
    assert_int_equal(k, SYMBOL_HANXIN);
    assert_int_equal(symbol_kind_by_name("gridmatrix", &k), ERR_OK);
    assert_int_equal(k, SYMBOL_GRIDMATRIX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(symbol_kind_by_name(bad[i], &k), ERR_BAD);
}

/* 1 where the drawing must be dark, quiet zone included. */
static int expected(const struct symbol *s, int x, int y)
{
    x -= s->quiet;
    y -= s->quiet;
    if (x < 0 || y < 0 || x >= s->modules || y >= s->modules)
        return 0;
    return s->dark[y * s->modules + x];
}

static void svg_has_every_module(void **state)
{
    (void)state;
    for (unsigned k = 0; k < SYMBOL_MAX; k++) {
        struct symbol s = make((enum symbol_kind)k, code_text(0));
        int side = s.modules + 2 * s.quiet, used = 0, x, y, w, back;
        char head[160];
        struct buf b;
        buf_init(&b, pool);
        symbol_write_svg(&b, &s, 5);
        (void)snprintf(head, sizeof head,
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                       "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">",
                       side * 5, side * 5, side, side);
        assert_int_equal(strncmp(b.data, head, strlen(head)), 0);

        uint8_t *drawn = pool_alloc(pool, (size_t)side * (size_t)side);
        const char *at = strstr(b.data, " d=\"");
        assert_non_null(at);
        /* NOLINTNEXTLINE(cert-err34-c): our own small numbers, checked below */
        for (at += 4; sscanf(at, "M%d %dh%dv1h-%dz%n", &x, &y, &w, &back, &used) == 4; at += used) {
            assert_int_equal(w, back);
            assert_true(x >= 0 && y >= 0 && w > 0 && x + w <= side && y < side);
            memset(drawn + (size_t)(y * side + x), 1, (size_t)w);
        }
        assert_string_equal(at, "\"/></svg>\n");
        for (int i = 0; i < side * side; i++)
            assert_int_equal(drawn[i], expected(&s, i % side, i / side));
    }
}

static void terminal_has_every_module(void **state)
{
    (void)state;
    static const struct {
        const char *glyph;
        int upper, lower;
    } glyphs[] = {{" ", 0, 0}, {"▄", 0, 1}, {"▀", 1, 0}, {"█", 1, 1}};
    static const char begin[] = "\033[38;5;16;48;5;231m", end[] = "\033[0m\n";
    for (unsigned k = 0; k < SYMBOL_MAX; k++) {
        struct symbol s = make((enum symbol_kind)k, code_text(1));
        int side = s.modules + 2 * s.quiet;
        struct buf b;
        buf_init(&b, pool);
        symbol_write_terminal(&b, &s);
        const char *at = b.data;
        for (int y = 0; y < side; y += 2) {
            assert_int_equal(strncmp(at, begin, sizeof begin - 1), 0);
            at += sizeof begin - 1;
            for (int x = 0; x < side; x++) {
                size_t g = 0;
                while (g < 3 && strncmp(at, glyphs[g].glyph, strlen(glyphs[g].glyph)) != 0)
                    g++;
                assert_int_equal(strncmp(at, glyphs[g].glyph, strlen(glyphs[g].glyph)), 0);
                assert_int_equal(glyphs[g].upper, expected(&s, x, y));
                assert_int_equal(glyphs[g].lower, expected(&s, x, y + 1));
                at += strlen(glyphs[g].glyph);
            }
            assert_int_equal(strncmp(at, end, sizeof end - 1), 0);
            at += sizeof end - 1;
        }
        assert_string_equal(at, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qr_is_read_by_zbar),
        cmocka_unit_test(a_changed_symbol_reads_otherwise_or_not),
        cmocka_unit_test(qr_size_and_correction),
        cmocka_unit_test(qr_stands_upright),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(kinds),
        cmocka_unit_test(svg_has_every_module),
        cmocka_unit_test(terminal_has_every_module),
    };
    return cmocka_run_group_tests_name("symbol", tests, setup, teardown);
}
