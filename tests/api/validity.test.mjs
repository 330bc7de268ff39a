// R1.5: a code is valid while now <= deadline, by the server's clock. The clock is moved, nobody waits.
import { after, before, test } from 'node:test';
import { enterprise } from './lib/people.mjs';
import { System, expectDone, expectError, freshCode, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const types = {
  ZWM1: { more: {}, message: '码已过期' },
  QYM1: { more: { code_type: 'QYM1', subject: enterprise() }, message: '企业数字凭证（企业服务码）已过期' },
};
const skip = zwm.clockFile ? false : 'no clock_offset_file';
let channel, third;

before(async () => {
  channel = await zwm.app('channel', 'val-ch');
  third = await zwm.app('third-party', 'val-tp');
  await zwm.inForce();
});
after(() => zwm.close());

for (const [type, { more, message }] of Object.entries(types)) {
  const at = (shift, extra) => zwm.atSecond(
    async () => {
      const { code, deadline } = await freshCode(channel, ['a.b'], { ...more, ...extra });
      return { code, second: deadline + shift };
    },
    ({ code }) => third.verify(verifyBody(code)),
  );
  test(`${type} at its deadline: valid`, { skip }, async () => expectDone(await at(0)));
  test(`${type} one second later: 3004, in its own words`, { skip }, async () => expectError(await at(1), '3004', { message }));
  test(`${type} of ten seconds, at its deadline: valid`, { skip }, async () => expectDone(await at(0, { validity_sec: 10 })));
  test(`${type} of ten seconds, one second later: 3004`, { skip }, async () => {
    expectError(await at(1, { validity_sec: 10 }), '3004', { message });
  });
}
