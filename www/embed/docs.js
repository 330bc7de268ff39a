// The documentation page of <service-code>: samples with this system's own address, and the element to try.
for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;

const form = document.getElementById('open');
const events = document.getElementById('events');

function note({ type, detail }) {
  const item = document.createElement('p');
  item.textContent = `${type} ${JSON.stringify(detail)}`;
  events.prepend(item);
}
for (const name of ['zwm-shown', 'zwm-used', 'zwm-expired', 'zwm-token-needed', 'zwm-error']) document.addEventListener(name, note);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { token, symbology } = Object.fromEntries(new FormData(form));
  const code = document.createElement('service-code');
  code.setAttribute('symbology', symbology);
  code.setAttribute('token', token);
  document.getElementById('here').replaceChildren(code);
  form.reset();
});
