// What the frame shows of a keeper. A code is on white whatever the theme of the page around.
import { errorWords } from '/shared/errors.js';
import { clock, dateTime } from '/shared/time.js';

const SOON_SEC = 10;

function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

const instead = (heading, text, button) => h('div', { className: 'instead' }, h('h1', {}, heading), text ? h('p', {}, text) : undefined, button);

/** Draws the keeper's state into the body, now and at each change. */
export function draw(keeper) {
  const again = (word, primary) => h('button', { type: 'button', className: primary ? 'primary' : '', onclick: () => keeper.refresh() }, word);
  const heard = h('p', { className: 'visually-hidden', role: 'status' });
  const place = h('div', { className: 'place', 'aria-live': 'polite' });
  const time = h('span', { className: 'clock' });
  const timer = h('span', { className: 'timer', role: 'timer' });
  const who = h('p', { className: 'who' });
  const name = h('p', { className: 'name' });
  const foot = h('div', { className: 'foot' });
  let drawn;
  let said;

  const VIEWS = {
    waiting: () => instead('服务码', '正在等待页面取得亮码凭据。'),
    loading: () => instead('正在取得服务码', ''),
    used: () => instead(`已被 ${keeper.used.org_name || '接入方'} 使用`, keeper.used.at ? dateTime(keeper.used.at) : '', again('再次出示', true)),
    expired: () => instead('服务码已失效', '刷新后可继续出示。', again('刷新', true)),
    offline: () => instead('无网络', '暂时不能展示服务码，恢复后自动刷新。', again('重试', true)),
    ended: () => instead('亮码已结束', '如需继续使用，请在当前页面重新打开服务码。'),
    refused: () => {
      const { code } = keeper.error;
      if (code === '8007') return instead('凭据已失效', '亮码凭据只能使用一次，请在当前页面重新打开服务码。');
      const words = errorWords(keeper.error);
      return instead(words.heading, `${words.detail}${words.requestId ? ` 请求编号 ${words.requestId}` : ''}`, keeper.session.open ? again('重试', true) : undefined);
    },
  };

  const say = (text) => { heard.textContent = text; };

  function change() {
    const { code, phase, session } = keeper;
    const key = code?.sqbh ?? `${phase} ${keeper.error?.code} ${keeper.used?.at}`;
    if (key === drawn) return;
    drawn = key;
    const person = session.state?.acting ?? session.state?.person;
    name.textContent = session.state?.system_name ?? '';
    who.textContent = person ? `${person.name}　${person.id_no}` : '';
    if (code) {
      place.replaceChildren(h('img', { src: code.image, alt: `服务码，${person?.name ?? ''}`, draggable: false }));
      foot.replaceChildren(h('p', { className: 'times' }, time, timer), again('刷新', false), h('p', { className: 'hint' }, '请向工作人员出示，勿截图'));
    } else {
      place.replaceChildren(VIEWS[phase]());
      foot.replaceChildren();
    }
    tick();
    say(code ? '新服务码已显示' : '');
  }

  function tick() {
    if (!keeper.code) return;
    const left = keeper.left;
    time.textContent = clock(keeper.session.now() / 1000);
    timer.textContent = `${left} 秒后刷新`;
    timer.classList.toggle('soon', left <= SOON_SEC);
    if (left === SOON_SEC && said !== keeper.code) {
      said = keeper.code;
      say('服务码即将刷新');
    }
  }

  document.body.replaceChildren(h('main', { 'aria-label': '服务码' }, name, who, place, foot, heard));
  keeper.addEventListener('change', change);
  keeper.addEventListener('tick', tick);
  change();
}
