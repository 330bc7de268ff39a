// Asks for whom the next codes are: the person himself, or an enterprise that he acts for.
import { html } from '/shared/lit.js';
import '/shared/choice.js';
import '/shared/dialog.js';

/** @returns {Promise<number|undefined>} index of the enterprise, -1 for himself, undefined if it was left */
export async function whom({ person, acting, enterprises }) {
  const now = acting ? enterprises.find((e) => e.id_no === acting.id_no && e.name === acting.name)?.index ?? -1 : -1;
  const options = [{ value: '-1', label: `本人 ${person.name}`, hint: person.id_no },
    ...enterprises.map((e) => ({ value: String(e.index), label: e.name, hint: e.id_no }))];
  const dialog = document.createElement('zwm-dialog');
  Object.assign(dialog, {
    heading: '为谁亮码', look: 'sheet', yes: '确定',
    content: html`<zwm-choice autofocus label="亮码主体" name="index" look="list" .options=${options} value=${String(now)}></zwm-choice>`,
  });
  dialog.addEventListener('zwm-submit', (event) => {
    event.stopPropagation();
    dialog.close(event.detail.index);
  });
  document.body.append(dialog);
  const answer = await dialog.show();
  dialog.remove();
  return answer === '' ? undefined : Number(answer);
}
