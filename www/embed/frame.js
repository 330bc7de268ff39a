// The document in the frame of <service-code>. It has the session's key, in memory alone, and shows the code. With the page
// around it, it speaks through a channel that this page's element has opened: a show token in, events out.
//
// The address names the origin of the page around; the policy of this document lets that origin and no other frame it
// (core/act/show/frame.c). A message counts only if it comes from that origin, and what is sent goes to it alone. The server
// opens the session only if it was made for this origin.
import { CodeKeeper } from './frame-keeper.js';
import { draw } from './frame-view.js';

const around = new URLSearchParams(location.search).get('origin');

function start(port) {
  const tell = (event, detail) => port.postMessage({ event, ...detail });
  const keeper = new CodeKeeper({ origin: around, tell });
  draw(keeper);
  new ResizeObserver(() => port.postMessage({ height: document.body.getBoundingClientRect().height })).observe(document.body);
  port.onmessage = ({ data }) => {
    const { token, scene, symbology } = data ?? {};
    keeper.choose(String(scene ?? ''), String(symbology ?? 'qr'), token === undefined);
    if (token !== undefined) keeper.open(String(token));
  };
}

if (around && window.parent !== window) {
  window.addEventListener('message', function hear(event) {
    if (event.source !== window.parent || event.origin !== around || event.data !== 'zwm-port' || event.ports.length !== 1) return;
    window.removeEventListener('message', hear); // one page, one channel
    start(event.ports[0]);
  });
  window.parent.postMessage('zwm-ready', around);
} else document.body.textContent = '此页面只能嵌入已登记的页面中使用。';
