import { afterEach, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { type RedisWakeups, redisWakeups } from './redis-wakeups.ts';

const open: RedisWakeups[] = [];
afterEach(async () => {
  for (const wakeups of open.splice(0)) await wakeups.close();
});

const wakeupsAt = (url: string, warnings: string[] = []): RedisWakeups => {
  const wakeups = redisWakeups(url, (message) => warnings.push(message));
  open.push(wakeups);
  return wakeups;
};

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 500) throw new Error('it did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

describeWith('redis', 'wake-ups over Redis', (url) => {
  test('reach every process that listens to the topic, this one too, and each once', async () => {
    const topic = `t${performance.now()}`;
    const [one, other] = [wakeupsAt(url), wakeupsAt(url)];
    const heard = { one: 0, other: 0, elsewhere: 0 };
    one.onWake(topic, () => heard.one++);
    other.onWake(topic, () => heard.other++);
    other.onWake(`${topic}x`, () => heard.elsewhere++);
    // The first ones may be sent before the other side listens.
    for (let tries = 0; heard.other === 0 && tries < 200; tries++) {
      one.wake(topic);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const before = { ...heard };
    one.wake(topic);
    await until(() => heard.other > before.other);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual({ one: before.one + 1, other: before.other + 1, elsewhere: 0 });
  });

  test('are not heard any more after leaving', async () => {
    const wakeups = wakeupsAt(url);
    let heard = 0;
    const leave = wakeups.onWake('left', () => heard++);
    leave();
    wakeups.wake('left');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toBe(0);
  });
});

test('without Redis this process still wakes itself, and the loss is told once', async () => {
  const warnings: string[] = [];
  const wakeups = wakeupsAt('redis://127.0.0.1:1', warnings);
  let heard = 0;
  wakeups.onWake('here', () => heard++);
  wakeups.wake('here');
  await until(() => heard === 1 && warnings.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(warnings).toEqual([expect.stringContaining('Redis cannot be reached, wake-ups come late')]);
});
