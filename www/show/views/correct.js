// 「纠错」: a note to whom a piece of information belongs, that something in it is wrong.
import { html } from '/shared/lit.js';
import { errorWords } from '/shared/errors.js';
import { toast } from '/shared/live.js';
import '/shared/dialog.js';
import '/shared/field.js';

/** Asks what is wrong in the information of a record, and sends it. */
export async function correct(session, record) {
  const options = record.classes.map((c) => ({ value: c.class, label: c.name }));
  const dialog = document.createElement('zwm-dialog');
  Object.assign(dialog, {
    heading: '信息纠错', yes: '提交',
    content: html`<p>您的说明将转给该项信息的归集单位核实，不会改变已有的授权。</p>
      <zwm-field label="信息" name="class" type="select" required .options=${options} value=${options[0].value}></zwm-field>
      <zwm-field autofocus label="哪里有误" name="note" type="textarea" rows="4" maxlength="500" required></zwm-field>`,
  });
  dialog.addEventListener('zwm-submit', async (event) => {
    event.stopPropagation();
    dialog.busy = true;
    try {
      const { item } = await session.call('correct', { sqbh: record.sqbh, ...event.detail });
      dialog.close('done');
      toast(`已提交纠错，编号 ${item.correction_no}`, { ms: 0 });
    } catch (error) {
      dialog.error = `提交未成功：${errorWords(error).detail}`;
    } finally {
      dialog.busy = false;
    }
  });
  document.body.append(dialog);
  await dialog.show();
  dialog.remove();
}
