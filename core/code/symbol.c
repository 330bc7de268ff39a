#include "core/code/symbol.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <zint.h>

#include "core/base/log.h"

/* Error correction: QR level M (1 is L); Han Xin level 2; Grid Matrix has percentages, 0 lets
 * libzint choose the standard's recommendation. Quiet zones: GB/T 18284 four modules, GB/T 21049
 * three (four does no harm), GB/T 27766 six. */
static const struct kind_row {
    const char *name;
    int symbology, correction, quiet;
} kinds[] = {
    [SYMBOL_QR] = {"qr", BARCODE_QRCODE, 2, 4},
    [SYMBOL_HANXIN] = {"hanxin", BARCODE_HANXIN, 2, 4},
    [SYMBOL_GRIDMATRIX] = {"gridmatrix", BARCODE_GRIDMATRIX, 0, 6},
};
_Static_assert(sizeof kinds / sizeof kinds[0] == SYMBOL_MAX, "a row for each kind");

enum err symbol_kind_by_name(const char *name, enum symbol_kind *kind_r)
{
    for (unsigned i = 0; i < SYMBOL_MAX; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind_r = (enum symbol_kind)i;
            return ERR_OK;
        }
    }
    return ERR_BAD;
}

/* libzint keeps a bit a module, the first in the lowest bit. */
static uint8_t *read_modules(struct pool *p, const struct zint_symbol *z)
{
    size_t side = (size_t)z->rows;
    uint8_t *dark = pool_alloc(p, side * side);

    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++)
            dark[y * side + x] = z->encoded_data[y][x / 8] >> (x % 8) & 1;
    }
    return dark;
}

enum err symbol_make(struct pool *p, enum symbol_kind kind, const char *text, struct symbol *s_r)
{
    assert((unsigned)kind < SYMBOL_MAX);
    size_t len = strlen(text);
    if (len == 0 || len > INT_MAX)
        return ERR_BAD;
    struct zint_symbol *z = ZBarcode_Create();
    if (z == NULL) {
        log_msg(LOG_ERROR, "symbol", "out of memory");
        return ERR_IO;
    }
    z->symbology = kinds[kind].symbology;
    z->input_mode = UNICODE_MODE;
    if (kinds[kind].correction > 0)
        z->option_1 = kinds[kind].correction;

    enum err e = ERR_BAD;
    /* A warning (an ECI was added) leaves a good symbol; anything else square is none of these
     * three. */
    if (ZBarcode_Encode(z, (const unsigned char *)text, (int)len) < ZINT_ERROR && z->rows > 0 &&
        z->rows == z->width) {
        *s_r = (struct symbol){
            .modules = z->rows, .quiet = kinds[kind].quiet, .dark = read_modules(p, z)};
        e = ERR_OK;
    }
    ZBarcode_Delete(z);
    return e;
}

/* The quiet zone and what lies below the last row are light. */
static bool is_dark(const struct symbol *s, int x, int y)
{
    return x >= 0 && y >= 0 && x < s->modules && y < s->modules && s->dark[y * s->modules + x] != 0;
}

void symbol_write_terminal(struct buf *b, const struct symbol *s)
{
    /* Indexed colours 16 and 231 are black and white; themes change only the first sixteen. */
    static const char colours[] = "\033[38;5;16;48;5;231m", reset[] = "\033[0m\n";
    static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};

    for (int y = -s->quiet; y < s->modules + s->quiet; y += 2) {
        buf_puts(b, colours);
        for (int x = -s->quiet; x < s->modules + s->quiet; x++)
            buf_puts(b, blocks[is_dark(s, x, y)][is_dark(s, x, y + 1)]);
        buf_puts(b, reset);
    }
}

/* One rectangle a run of dark modules, in the units of the view box. */
static void write_path(struct buf *b, const struct symbol *s)
{
    for (int y = 0; y < s->modules; y++) {
        for (int x = 0; x < s->modules;) {
            int from = x;
            while (is_dark(s, x, y))
                x++;
            if (x > from)
                buf_printf(b, "M%d %dh%dv1h-%dz", from + s->quiet, y + s->quiet, x - from,
                           x - from);
            else
                x++;
        }
    }
}

/* The side of the white square is a fifth of the symbol's, so a twenty-fifth of its area. */
static void write_logo(struct buf *b, const struct symbol *s)
{
    double side = s->modules / 5.0, at = s->quiet + (s->modules - side) / 2.0, unit = side / 24.0;
    buf_printf(b,
               "<g transform=\"translate(%.3f %.3f) scale(%.5f)\" shape-rendering=\"auto\">"
               "<rect width=\"24\" height=\"24\" rx=\"4\" fill=\"#fff\"/>"
               "<path fill=\"#1456B8\" d=\"M12 2.5l7.5 2.8v6c0 4.7-3 8.6-7.5 "
               "10.2-4.5-1.6-7.5-5.5-7.5-10.2v-6z\"/>"
               "<path fill=\"none\" stroke=\"#fff\" stroke-width=\"2.2\" d=\"M8.2 12l2.7 2.8 "
               "5-5.4\"/></g>",
               at, at, unit);
}

void symbol_write_svg_logo(struct buf *b, const struct symbol *s, int module_px, bool logo)
{
    assert(module_px >= 3);
    int side = s->modules + 2 * s->quiet;

    buf_printf(b,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
               "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
               side * module_px, side * module_px, side, side, side, side);
    write_path(b, s);
    buf_puts(b, "\"/>");
    if (logo)
        write_logo(b, s);
    buf_puts(b, "</svg>\n");
}

void symbol_write_svg(struct buf *b, const struct symbol *s, int module_px)
{
    symbol_write_svg_logo(b, s, module_px, false);
}
