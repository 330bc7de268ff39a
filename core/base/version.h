/* version: of all programs of this build. Uses nothing. */
#ifndef ZWM_BASE_VERSION_H
#define ZWM_BASE_VERSION_H

#define ZWM_VERSION "0.1.0"

#endif
