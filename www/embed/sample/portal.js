// The portal's page: asks its own server for a show token and hands it to the element. The server knows who the person is.
const code = document.querySelector('service-code');
const show = (name, on) => { document.getElementById(name).hidden = !on; };

async function post(path, body = {}) {
  const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} ${answer.status}`);
  return answer.json();
}

const tell = (text) => { document.getElementById('error').textContent = text; };

async function openCode() {
  try {
    const { token } = await post('/api/token');
    code.open(token);
    tell('');
  } catch (error) {
    tell('暂时不能取得服务码，请稍后重试。');
  }
}

function note(name, detail) {
  const item = document.createElement('p');
  item.textContent = `${new Date().toLocaleTimeString('zh-CN')}　${name}　${JSON.stringify(detail)}`;
  document.getElementById('events').prepend(item);
}

for (const name of ['zwm-shown', 'zwm-used', 'zwm-expired', 'zwm-token-needed', 'zwm-error']) {
  code.addEventListener(name, ({ detail }) => note(name, detail));
}
// The session has ended: the person is still known here, so a new one is opened.
code.addEventListener('zwm-token-needed', () => { if (!document.getElementById('code').hidden) openCode(); });

for (const button of document.querySelectorAll('[data-person]')) {
  button.addEventListener('click', async () => {
    const { name } = await post('/api/login', { person: button.dataset.person });
    document.getElementById('code-title').textContent = `${name}的服务码`;
    show('login', false);
    show('code', true);
    await openCode();
  });
}

document.getElementById('logout').addEventListener('click', async () => {
  show('code', false);
  show('login', true);
  await post('/api/logout');
});
