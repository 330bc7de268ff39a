// XML for the tests: requests written out, answers read by a tokenizer that knows elements and text, no more.

const escape = (s) => String(s).replace(/[<>&]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[c]);

const content = (value) => {
  if (Array.isArray(value)) return value.map((v) => `<item>${content(v)}</item>`).join('');
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).map(([name, v]) => `<${name}>${content(v)}</${name}>`).join('');
  }
  return escape(value);
};

export const toXml = (root, value) => `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content(value)}</${root}>`;

const ENTITY = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescape = (s) => s.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_, hex, dec, name) =>
  name ? ENTITY[name] : String.fromCodePoint(parseInt(hex ?? dec, hex ? 16 : 10)));

// {name, value}: an element of <item>s only is an array, one with children an object, any other a string.
export function fromXml(text) {
  const tokens = text.replace(/^\uFEFF?\s*<\?xml[^>]*\?>/, '').match(/<[^>]+>|[^<]+/g) ?? [];
  let at = 0;
  const element = () => {
    const open = /^<([A-Za-z_][\w.-]*)\s*(\/?)>$/.exec(tokens[at++]);
    if (!open) throw new Error(`not an opening tag: ${tokens[at - 1]}`);
    const [, name, empty] = open;
    if (empty) return { name, value: '' };
    const children = [];
    let chars = '';
    while (!tokens[at].startsWith('</')) {
      if (tokens[at].startsWith('<')) children.push(element());
      else chars += tokens[at++];
    }
    if (tokens[at++] !== `</${name}>`) throw new Error(`${name} is not closed`);
    if (!children.length) return { name, value: unescape(chars) };
    if (chars.trim()) throw new Error(`text between elements in ${name}`);
    if (children.every((c) => c.name === 'item')) return { name, value: children.map((c) => c.value) };
    return { name, value: Object.fromEntries(children.map((c) => [c.name, c.value])) };
  };
  while (tokens[at]?.trim() === '') at++;
  const root = element();
  if (tokens.slice(at).join('').trim()) throw new Error('something follows the root');
  return root;
}
