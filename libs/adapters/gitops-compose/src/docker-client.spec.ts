import { expect, test } from '@jest/globals';
import { dockerAt } from './docker-client.ts';

test('a daemon of this machine is taken, one of another machine is refused: nobody would reach its ports', () => {
  expect(dockerAt('unix:///run/docker.sock').modem).toMatchObject({ socketPath: '/run/docker.sock' });
  expect(dockerAt('tcp://127.0.0.1:2375').modem).toMatchObject({ host: '127.0.0.1', port: '2375' });
  for (const address of ['tcp://10.0.0.5:2375', 'ssh://me@build', '/var/run/docker.sock', '']) {
    expect(() => dockerAt(address)).toThrow(/is no Docker daemon of this machine; write unix:/);
  }
});
