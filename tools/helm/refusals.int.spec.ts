import { expect, jest, test } from '@jest/globals';
import { rendered, type Settings } from './chart.ts';
import { least } from './matrix.ts';
import { describeWithHelm } from './with-helm.ts';

jest.setTimeout(120_000);

describeWithHelm('the chart', (helm) => {
  test.each([
    [{ 'api.replica': '2' }, "at '/api': additional properties 'replica' not allowed"],
    [{ 'database.external.hots': 'x' }, "at '/database/external': additional properties 'hots' not allowed"],
    [{ 'executor.pools.big.slot': '2' }, "additional properties 'slot' not allowed"],
    [{ 'executor.pools.Big.slots': '2' }, "'Big'"],
    [{ 'api.dockerSocket.enabled': 'yes' }, "at '/api/dockerSocket/enabled': got string, want boolean"],
    [{ 'encryption.keys': 'secret' }, "at '/encryption/keys'"],
    [{ 'kafka.external.brokers': '{nowhere}' }, "at '/kafka/external/brokers/0'"],
    [{ 'database.external.host': '' }, 'database.external.host is not set'],
    [{ 'kafka.bundled.enabled': 'true', 'kafka.external.brokers': '{b:9092}' }, 'are both set'],
    [{ 'kafka.bundled.enabled': 'true', 'kafka.ssl': 'true' }, 'asks for neither'],
    [{ 'kafka.sasl.mechanism': 'gssapi' }, "at '/kafka/sasl/mechanism'"],
    [{ 'kafka.sasl.mechanism': 'plain' }, 'kafka.sasl.username is not set'],
    [{ 'kafka.sasl.mechanism': 'plain', 'kafka.sasl.username': 'a' }, 'kafka.sasl.existingSecret (or'],
    [{ 'kafka.sasl.password': 'hush' }, 'kafka.sasl.mechanism is not set'],
    [{ 'plugins.load': '{a b}' }, "at '/plugins/load/0'"],
    [{ 'plugins.image': 'acme/plugins:1' }, 'plugins.load is empty'],
    [{ 'api.dockerSocket.networks': '{a/b}' }, "at '/api/dockerSocket/networks/0'"],
    [{ 'envManager.argocd.server': 'https://argocd' }, 'envManager.argocd.tokenSecret'],
    [{ 'envManager.kubernetes.enabled': 'true' }, 'envManager.templates.configMap is not set'],
    [
      {
        'envManager.argocd.server': 'https://a',
        'envManager.argocd.tokenSecret': 't',
        'envManager.argocd.namespace': 'b',
      },
      'asked one way',
    ],
    [{ 'siteAgent.enabled': 'true' }, 'siteAgent.server is not set'],
    [{ 'platform.enabled': 'false' }, 'nothing would be installed'],
  ])('refuses %j by name', async (settings, words) => {
    await expect(rendered(helm(), { ...least, ...(settings as Settings) })).rejects.toThrow(words);
  });
});
