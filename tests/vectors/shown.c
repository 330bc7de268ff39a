/* shown: every range of code points that may not be shown to people, a line each, in hexadecimal.
 */
#include <stdio.h>

#include "core/base/text.h"

int main(void)
{
    uint32_t from = 0;
    bool inside = false;
    for (uint32_t cp = 0; cp <= 0x110000; cp++) {
        bool is_hidden = cp <= 0x10ffff && !text_code_point_is_shown(cp);
        if (is_hidden && !inside)
            from = cp;
        if (!is_hidden && inside)
            (void)printf("%x %x\n", from, cp - 1);
        inside = is_hidden;
    }
    return 0;
}
