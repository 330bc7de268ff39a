#include "core/code/channel.h"

#include <string.h>

static const struct channel_row rows[] = {
    {"01", "移动应用", "app"},
    {"02", "微信小程序", "WeChat mini-program"},
    {"03", "支付宝小程序", "Alipay mini-program"},
    {"04", "门户网站", "web portal"},
    {"05", "移动网页", "mobile web"},
    {"06", "自助终端", "self-service terminal"},
    {"07", "服务窗口", "service window"},
    {"08", "智能设备", "smart device"},
    {"99", "其他", "other"},
};
enum { ROWS_N = sizeof rows / sizeof rows[0] };

const struct channel_row *channel_rows(size_t *n_r)
{
    *n_r = ROWS_N;
    return rows;
}

const struct channel_row *channel_by_code(const char *code)
{
    for (size_t i = 0; i < ROWS_N; i++) {
        if (strcmp(rows[i].code, code) == 0)
            return &rows[i];
    }
    return NULL;
}
