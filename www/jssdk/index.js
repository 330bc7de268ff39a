/* lightAppJssdk: what an application's page can ask of the code system (/jssdk/ documents it). A classic script: the script that
 * follows it in the page can use it. Methods take {success, fail} and need no `this`.
 *
 * A page stands in the scene zone of the show page, which then asks for it (host.js); or by itself. By itself it goes to the login
 * and comes back with a ticket in the fragment of its address. A page of another site has no cookie of ours, so it gets a key for
 * this one session and app with it: with that it asks for further tickets and logs out. The server takes the key from the origins
 * of that app alone. */
(() => {
  'use strict';

  const SYSTEM = new URL(document.currentScript.src).origin;
  const VERSION = '1.0.0';
  const STORE = 'zwm.jssdk'; // {page, dialect} in this tab's storage, so that a page that is loaded again is still logged in
  const GONE = 'zwm.jssdk.gone'; // {at, hash}: this tab went to the login
  const GONE_MS = 15 * 60 * 1000;
  const HELLO_MS = 3000;
  const FRESH_MS = 45 * 1000; // a ticket is good for a minute: one that waited so long is asked for anew
  const NOT_LOGGED_IN = '未登录';
  const LOGGED_IN = '当前全国一体化政务服务平台移动端已登录';
  const REFUSED = '用户拒绝授权';
  const CANCELLED = '取消登录';

  const run = (callback, value) => { if (typeof callback === 'function') callback(value); };

  // --- what this tab keeps ---

  function read(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name)) || {};
    } catch (error) {
      return {};
    }
  }

  function keep(name, value) {
    try {
      if (value) sessionStorage.setItem(name, JSON.stringify(value));
      else sessionStorage.removeItem(name);
    } catch (error) {
      // Storage is off: what is known is lost with the page.
    }
  }

  let login = read(STORE);
  let came; // what the return from the login brought, until a method tells it: {ticket, type}, {refused} or {cancelled}

  function setLogin(value) {
    login = value || {};
    keep(STORE, value);
  }

  // Takes the return out of the address before any other script runs. One that this tab did not ask for is thrown away: else
  // anybody could have people use an application in his name, by a link with a ticket of his.
  function takeReturn() {
    const found = /^#zwm-(ticket|refused|cancelled)\b/.exec(location.hash);
    if (!found) return;
    const said = new URLSearchParams(location.hash.slice(1));
    const gone = read(GONE);
    keep(GONE);
    history.replaceState(history.state, '', location.pathname + location.search + (gone.hash || ''));
    if (!(Math.abs(Date.now() - gone.at) < GONE_MS)) return;
    const dialect = said.get('dialect') || login.dialect || 'json';
    if (found[1] === 'ticket') {
      came = { ticket: said.get('zwm-ticket'), type: said.get('type') || '1', at: Date.now() };
      setLogin({ page: said.get('page') || '', dialect });
    } else {
      came = { [found[1]]: true };
      login.dialect = dialect;
    }
  }

  // --- the dialects ---

  const done = (dialect, value) => (dialect === 'mob' ? value : JSON.stringify(value));

  function ticketValue({ ticket, type: number, dialect }) {
    const type = String(number);
    if (dialect === 'shandong') return JSON.stringify({ retcode: '000000', data: JSON.stringify({ ticket, usertype: type }) });
    return done(dialect, { ticket, result: 'true', message: '', type, usertype: type });
  }

  const userInfoValue = ({ ticket, type }) => JSON.stringify({ token: ticket, userType: String(type) });

  // --- the page around, if that is the show page ---

  const waiting = new Map();
  let asked = 0;
  let host; // a promise: whether the page around answers

  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || event.origin !== SYSTEM || !event.data || event.data.zwm !== 'jssdk') return;
    const answer = waiting.get(event.data.id);
    waiting.delete(event.data.id);
    if (answer) answer(event.data);
  });

  function ask(act) {
    return new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      window.parent.postMessage({ zwm: 'jssdk', id: asked, act }, SYSTEM);
    });
  }

  function hosted() {
    const around = location.ancestorOrigins ? location.ancestorOrigins[0] : SYSTEM;
    if (window.parent === window || around !== SYSTEM) return Promise.resolve(false);
    host = host || Promise.race([ask('hello').then(() => true), new Promise((resolve) => { setTimeout(resolve, HELLO_MS, false); })]);
    return host;
  }

  // --- asking: {state: 'ticket', ticket, type, dialect}, {state: 'none' | 'refused' | 'in' | 'out', dialect}; throws a text ---

  async function askSystem(act) {
    let answer;
    try {
      const response = await fetch(`${SYSTEM}/user/api/page`, {
        method: 'POST', mode: 'cors', credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
        body: new URLSearchParams({ page: login.page, act }), // a form: the browser need not ask first whether it may
      });
      answer = (await response.json()).process_response;
    } catch (error) {
      throw new Error('无法连接政务服务码系统');
    }
    if (answer.error_code === '8001') {
      setLogin();
      return { state: 'none' };
    }
    if (answer.result_code !== '100') throw new Error(answer.error_msg || '政务服务码系统未能完成请求');
    return answer.items[0] || {};
  }

  async function answerOf(act) {
    if (await hosted()) {
      const said = await ask(act);
      if (said.error) throw new Error(said.error);
      return said;
    }
    if (!login.page) return { state: 'none' };
    const said = await askSystem(act);
    return said.state === 'consent' ? { state: 'refused', dialect: login.dialect } : { dialect: login.dialect, ...said };
  }

  // --- user ---

  function tellRefused(dialect, { success, fail }) {
    if (dialect === 'gansu') run(success, REFUSED);
    else run(fail, REFUSED);
  }

  function takeCame(kind) {
    if (!came || !came[kind]) return undefined;
    const value = came;
    came = undefined;
    return value;
  }

  async function giveTicket(callbacks, value) {
    if (takeCame('refused')) {
      tellRefused(login.dialect, callbacks);
      return;
    }
    let back = takeCame('ticket');
    if (back && login.page && Date.now() - back.at > FRESH_MS) back = undefined;
    const said = back ? { state: 'ticket', dialect: login.dialect, ...back } : await answerOf('ticket');
    if (said.state === 'ticket') run(callbacks.success, value(said));
    else if (said.state === 'refused') tellRefused(said.dialect, callbacks);
    else run(callbacks.success, NOT_LOGGED_IN);
  }

  async function loginapp(callbacks) {
    const { success, fail } = callbacks;
    if (takeCame('cancelled')) {
      run(fail, CANCELLED);
      return;
    }
    if (takeCame('refused')) {
      tellRefused(login.dialect, callbacks);
      return;
    }
    if (came || (await answerOf('state')).state === 'in') {
      run(success, LOGGED_IN);
      return;
    }
    if (await hosted()) {
      await ask('login'); // the show page goes there itself
      return;
    }
    if (window.parent !== window) throw new Error('请在独立页面中登录');
    keep(GONE, { at: Date.now(), hash: location.hash });
    location.assign(`${SYSTEM}/login/?return_url=${encodeURIComponent(location.href.split('#')[0])}`);
  }

  async function logout({ success }) {
    const { dialect } = login;
    const said = await answerOf('logout');
    came = undefined;
    setLogin();
    run(success, said.state === 'none' ? NOT_LOGGED_IN : done(said.dialect || dialect, { result: 'true', message: '' }));
  }

  async function getUserInfo(callbacks) {
    await giveTicket(callbacks, (said) => {
      if (said.dialect !== 'gansu') throw new Error('user.getUserInfo 仅用于 gansu 方言的应用，请使用 user.getTicket');
      return userInfoValue(said);
    });
  }

  // --- navigation, notification, device ---

  const plain = (value = {}) => done(login.dialect, { result: 'true', message: '', ...value });

  function navigation(act) {
    return async ({ success }) => {
      if (await hosted()) await ask(act);
      else if (act === 'close') window.close(); // does nothing where the browser does not allow it
      run(success, plain());
    };
  }

  // A window of our own, styled without a style attribute: it stands under any policy of the page.
  function box(role) {
    const element = document.createElement('div');
    const root = element.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    // Colours are the browser's, light or dark as the page is.
    sheet.replaceSync(`dialog, p.toast { box-sizing: border-box; max-width: min(20rem, calc(100vw - 2rem)); padding: 1rem; border: 1px solid GrayText;
      border-radius: 12px; background: Canvas; color: CanvasText; font: 1rem/1.5 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; overflow-wrap: anywhere; }
      dialog::backdrop { background: CanvasText; opacity: .5; }
      h2, p { margin: 0 0 .75rem; } h2 { font-size: 1.125em; }
      p.toast { position: fixed; inset: auto 0 2rem; z-index: 2147483647; margin: 0 auto; width: fit-content; background: CanvasText; color: Canvas; }
      div { display: flex; flex-wrap: wrap; gap: .75rem; justify-content: end; }
      button { min-width: 5rem; min-height: 44px; border: 1px solid GrayText; border-radius: 8px; background: Canvas; color: CanvasText; font: inherit; cursor: pointer; }
      button:last-child { border-color: CanvasText; background: CanvasText; color: Canvas; }
      :focus-visible { outline: 2px solid; outline-offset: 2px; }`);
    root.adoptedStyleSheets = [sheet];
    const inner = document.createElement(role);
    root.append(inner);
    document.body.append(element);
    return { element, inner };
  }

  function put(parent, tag, text) {
    const child = document.createElement(tag);
    child.textContent = text;
    parent.append(child);
    return child;
  }

  function dialog({ title, message, labels }) {
    return new Promise((resolve) => {
      const { element, inner } = box('dialog');
      if (title) inner.setAttribute('aria-label', title);
      if (title) put(inner, 'h2', title);
      put(inner, 'p', message);
      const row = put(inner, 'div', '');
      labels.forEach((label, index) => put(row, 'button', label).addEventListener('click', () => inner.close(String(index))));
      inner.addEventListener('close', () => {
        element.remove();
        resolve(inner.returnValue === '' ? -1 : Number(inner.returnValue));
      });
      inner.showModal();
    });
  }

  const text = (value) => (value === undefined || value === null ? '' : String(value));

  async function alert(options) {
    await dialog({ title: text(options.title), message: text(options.message), labels: [text(options.buttonName) || '确定'] });
    run(options.success, plain());
  }

  async function confirm(options) {
    const given = Array.isArray(options.buttonLabels) && options.buttonLabels.length ? options.buttonLabels.map(text) : ['取消', '确定'];
    const buttonIndex = await dialog({ title: text(options.title), message: text(options.message), labels: given });
    run(options.success, plain({ buttonIndex }));
  }

  async function toast(options) {
    const { element, inner } = box('p');
    inner.className = 'toast';
    inner.setAttribute('role', 'status');
    inner.textContent = text(options.text !== undefined ? options.text : options.message);
    const seconds = Number(options.duration);
    setTimeout(() => element.remove(), (seconds > 0 && seconds <= 30 ? seconds : 3) * 1000);
    run(options.success, plain());
  }

  // --- the face ---

  // A method that calls exactly one of the two callbacks, later than it returns.
  const method = (act) => (options) => {
    const callbacks = options || {};
    Promise.resolve().then(() => act(callbacks)).catch((error) => run(callbacks.fail, error.message));
  };

  // Whatever else a page may call says that it is not there.
  function group(name, methods) {
    const known = Object.fromEntries(Object.entries(methods).map(([key, act]) => [key, method(act)]));
    return new Proxy(known, {
      get: (target, key) => (typeof key === 'symbol' || key === 'then' || Object.hasOwn(target, key) ? target[key]
        : method(() => { throw new Error(`不支持 ${name}.${key}：本系统的 JSSDK 未提供此方法`); })),
    });
  }

  const groups = {
    user: group('user', { getTicket: (callbacks) => giveTicket(callbacks, ticketValue), getUserInfo, loginapp, logout }),
    navigation: group('navigation', { close: navigation('close'), show: navigation('show'), hide: navigation('hide') }),
    notification: group('notification', { alert, confirm, toast }),
    device: group('device', { version: ({ success }) => run(success, plain({ version: VERSION })) }),
  };

  takeReturn();
  window.addEventListener('hashchange', takeReturn); // a page that is told by its fragment while it stays
  window.lightAppJssdk = new Proxy(groups, {
    get: (target, key) => (typeof key === 'symbol' || key === 'then' || Object.hasOwn(target, key) ? target[key] : group(key, {})),
  });
})();
