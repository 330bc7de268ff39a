/* screen: standard output and standard error of the command, guarded: what others have written
 * (names, addresses, answers) must not move the cursor, turn the text round or hide in it. A code
 * point that may not be shown (base/text.h) comes out as \uXXXX, which is also right inside JSON;
 * TAB and LF stand. Part of the `zwm` command. */
#ifndef ZWM_CLI_SCREEN_H
#define ZWM_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Guards both streams from here to the end of the process. */
void screen_guard(void);
/* Writes bytes to standard output as they are if it is no terminal, else guarded. For what another
 * program is to read, such as an answer whose signature is to be checked. */
void screen_write_bytes(const void *data, size_t len);
/* Writes a drawing of our own, colours included, to standard output as it is. Nothing that others
 * have written may stand in it as text. Returns false if it could not be written. */
bool screen_write_drawing(const void *data, size_t len);

#endif
