/* file: GET /api/v1/data/file/HANDLE (interface 2.4), part of zwm-pickup. */
#ifndef ZWM_FCGI_FILE_H
#define ZWM_FCGI_FILE_H

#include "fcgi/responder.h"

/* Raw handler: sends the file or the one range asked for (RFC 9110 14.2; several ranges: the whole
 * file). The handle is used up once as many bytes as the file has were sent. */
ERR_CHECK enum err run_file(struct call *c);

/* Files being sent by this process, own and others': whoever reads slowly holds a thread, so some
 * stay free. False: no place now; true: file_turn_give afterwards. */
bool file_turn_take(int threads);
void file_turn_give(void);

#endif
