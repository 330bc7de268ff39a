/* symbol: a text as a 2D barcode (R3.1, R3.2), on libzint. Uses base. */
#ifndef ZWM_CODE_SYMBOL_H
#define ZWM_CODE_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

enum symbol_kind { SYMBOL_QR, SYMBOL_HANXIN, SYMBOL_GRIDMATRIX, SYMBOL_MAX };

struct symbol {
    int modules; /* a side, without the quiet zone */
    int quiet;   /* modules of quiet zone on each side: 4, and 6 for Grid Matrix (its standard asks
                    for it) */
    const uint8_t *dark; /* modules * modules, 1 is dark, row by row; in the pool */
};

/* "qr", "hanxin", "gridmatrix"; ERR_BAD otherwise. */
ERR_CHECK enum err symbol_kind_by_name(const char *name, enum symbol_kind *kind_r);
/* ERR_BAD if the text does not fit. QR uses error correction level M or better. */
ERR_CHECK enum err symbol_make(struct pool *p, enum symbol_kind kind, const char *text,
                               struct symbol *s_r);
/* For a terminal: half blocks, two rows of modules a line, with the quiet zone; ANSI colours so
 * that it reads dark on light whatever the terminal's theme. */
void symbol_write_terminal(struct buf *b, const struct symbol *s);
/* SVG document, `module_px` (>= 3) pixels a module, with the quiet zone: a side is (modules + 2 *
 * quiet) * module_px. */
void symbol_write_svg(struct buf *b, const struct symbol *s, int module_px);
/* The same, with the logo in the centre if `logo`: a tick in a shield on a white square that covers
 * less than a tenth of the symbol (R3.3), which the error correction of a QR code makes good. */
void symbol_write_svg_logo(struct buf *b, const struct symbol *s, int module_px, bool logo);

#endif
