// What a failed call says to a person: what happened, what it means, what to do. One table for all pages.

/** Why a call gave no result. `kind` is one of the rows below; `code` and `requestId` as the system named them. */
export class ApiError extends Error {
  constructor(kind, { code = '', message = '', requestId = '', status = 0, field = '' } = {}) {
    super(message);
    this.name = 'ApiError';
    Object.assign(this, { kind, code, requestId, status, field, said: message });
  }
}

// heading: what happened. detail: what it means and what to do. retry: whether the same call again can help.
const ROWS = {
  offline: { heading: '无网络', detail: '当前设备未连接网络。请检查网络设置，连接后重试。', retry: true },
  network: { heading: '无法连接服务', detail: '请求未能送达。请稍后重试；如多次出现，请联系系统管理员。', retry: true },
  timeout: { heading: '响应超时', detail: '未在规定时间内收到答复，操作可能已经完成。请先刷新查看结果，再决定是否重试。', retry: true },
  busy: { heading: '系统繁忙', detail: '当前访问较多，请稍后重试。', retry: true },
  ended: { heading: '登录已失效', detail: '为保护您的信息，登录已自动退出。请重新登录后继续。', retry: false },
  secondCheck: { heading: '需要再次核验身份', detail: '此项操作需要再次核验身份，核验后可继续办理。', retry: false },
  forbidden: { heading: '没有权限', detail: '您的账号不能查看或办理此项内容。如确需使用，请联系系统管理员。', retry: false },
  secondPerson: { heading: '需要他人复核', detail: '此项操作须由另一名管理员复核后生效。', retry: false },
  missing: { heading: '未找到', detail: '您查找的内容不存在，或已被移除。请返回列表重新查找。', retry: false },
  conflict: { heading: '内容已被他人修改', detail: '您打开此页后，其他人修改了同一内容，您的修改尚未保存。请刷新后重新填写。', retry: false },
  state: { heading: '当前状态不能办理', detail: '该事项的状态已经变化，不能进行此项操作。请刷新后查看。', retry: false },
  invalid: { heading: '填写内容有误', detail: '请按提示修改后重新提交。', retry: false },
  uncertain: { heading: '结果未确认', detail: '系统未能确认操作是否完成。请先查询结果，不要重复提交。', retry: false },
  failed: { heading: '办理未成功', detail: '系统未能完成此项操作。请稍后重试；如多次出现，请将下方编号告知系统管理员。', retry: true },
};

const BY_CODE = {
  1002: 'invalid', 1003: 'invalid', 1004: 'invalid',
  8001: 'ended', 8002: 'secondCheck', 8003: 'forbidden', 8004: 'conflict', 8005: 'state', 8006: 'secondPerson', 8010: 'busy',
  2007: 'busy', 9001: 'busy', 9002: 'busy', 9003: 'uncertain',
};
const BY_STATUS = { 401: 'ended', 403: 'forbidden', 404: 'missing', 409: 'state', 429: 'busy', 503: 'busy' };

/** The row for an error code and an HTTP status. */
export const kindOf = (code, status) => BY_CODE[code] ?? BY_STATUS[status] ?? 'failed';

/**
 * @param {unknown} error an ApiError; anything else counts as 'failed'
 * @returns {{kind: string, heading: string, detail: string, retry: boolean, requestId: string}} `detail` begins with what the
 *   system said where that tells more than our words
 */
export function errorWords(error) {
  const kind = error instanceof ApiError ? error.kind : 'failed';
  const row = ROWS[kind] ?? ROWS.failed;
  const said = error instanceof ApiError ? error.said : '';
  const tellsMore = said && ['invalid', 'failed', 'state', 'missing'].includes(kind);
  return {
    kind,
    heading: row.heading,
    detail: tellsMore ? `${said}。${row.detail}` : row.detail,
    retry: row.retry,
    requestId: error?.requestId ?? '',
  };
}
