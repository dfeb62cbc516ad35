import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress } from './address.ts';
import { asksForLimits, operatorRules } from './operator-rules.ts';
import { outboundPolicy } from './policy.ts';
import { isRule } from './rule.ts';

const server = operatorRules({}, 'server');
const to = (address: string, host = address) => ({ host, address });

describe('metadata services', () => {
  const policy = outboundPolicy(server);
  test.each([
    '169.254.169.254',
    '169.254.170.2',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '64:ff9b::169.254.169.254',
    '2002:a9fe:a9fe::1',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    'fe80::a9fe:a9fe%eth0',
    '100.100.100.200',
    '168.63.129.16',
  ])('P2: %s is refused, and the refusal says who may allow it', (address) => {
    expect(policy.connecting(to(address))).toMatchObject({
      code: 'TM4801',
      reason: expect.stringContaining('metadata service'),
      help: expect.stringContaining('TESTMESH_OUTBOUND_ALLOW'),
    });
  });

  test.each(['metadata.google.internal', 'METADATA.GOOGLE.INTERNAL.', 'instance-data'])(
    'P2: %s is refused whatever it resolves to',
    (host) => {
      expect(policy.connecting(to('10.0.0.1', host))?.code).toBe('TM4801');
    },
  );

  test('P1: an operator allows one, a workspace cannot', () => {
    const allowed = operatorRules({ TESTMESH_OUTBOUND_ALLOW: '169.254.169.254' }, 'server');
    expect(outboundPolicy(allowed).connecting(to('169.254.169.254'))).toBeUndefined();
    expect(outboundPolicy(allowed).connecting(to('169.254.170.2'))?.code).toBe('TM4801');
    const wanted = { allow: ['169.254.0.0/16', '*.internal'], deny: [] };
    expect(outboundPolicy(server, wanted).connecting(to('169.254.169.254', 'a.internal'))?.code).toBe('TM4801');
  });

  test('other addresses pass, private ones among them: that is what is tested here', () => {
    for (const address of ['10.1.2.3', '192.168.0.1', '127.0.0.1', '::1', 'fd00:1::1', '93.184.216.34']) {
      expect(policy.connecting(to(address))).toBeUndefined();
    }
  });

  test('P3: what is no address is refused', () => {
    expect(policy.connecting(to('somewhere', 'somewhere'))?.reason).toContain('it is no address');
  });
});

describe('lists', () => {
  test('what a workspace denies is refused by name and by range, and says where the list is changed', () => {
    const policy = outboundPolicy(server, { allow: null, deny: ['10.0.0.0/8', '*.corp.example'] });
    expect(policy.connecting(to('10.9.9.9', 'shop.example'))).toMatchObject({
      reason: expect.stringContaining('shop.example (10.9.9.9) for a flow: this workspace denies 10.0.0.0/8'),
      help: expect.stringContaining('/outbound-rules'),
    });
    expect(policy.connecting(to('::ffff:10.9.9.9'))).toBeDefined();
    expect(policy.connecting(to('1.1.1.1', 'db.corp.example'))).toBeDefined();
    expect(policy.connecting(to('1.1.1.1', 'corp.example'))).toBeUndefined();
  });

  test('a list of what is allowed lets nothing else through', () => {
    const policy = outboundPolicy(server, { allow: ['api.example.com', '192.0.2.0/24'], deny: ['192.0.2.66'] });
    expect(policy.connecting(to('198.51.100.1', 'api.example.com'))).toBeUndefined();
    expect(policy.connecting(to('192.0.2.7'))).toBeUndefined();
    expect(policy.connecting(to('192.0.2.66'))?.reason).toContain('denies 192.0.2.66');
    expect(policy.connecting(to('198.51.100.1'))?.reason).toContain('allows only what its list names');
    const closed = outboundPolicy(server, { allow: [], deny: [] });
    expect(closed.connecting(to('198.51.100.1'))).toBeDefined();
  });

  test('P1: what the operator denies, no workspace allows; 0.0.0.0 is this machine', () => {
    const operator = operatorRules({ TESTMESH_OUTBOUND_DENY: '127.0.0.0/8, ::1' }, 'server');
    const policy = outboundPolicy(operator, { allow: ['127.0.0.1', 'localhost'], deny: [] });
    for (const address of ['127.0.0.1', '0.0.0.0', '::', '::1', '::ffff:127.0.0.1']) {
      expect(policy.connecting(to(address, 'localhost'))?.reason).toContain('this server denies');
    }
  });

  test.each(['10.0.0.0/8', 'fd00::/8', '10.1.1.1', 'a.example', '*.a.example', 'db', 'unix:/run/db/*'])(
    '%s is a rule',
    (rule) => expect(isRule(rule)).toBe(true),
  );
  test.each(['10.0.0.0/33', '*', '*.*', 'a b', 'http://a.example', '0x7f.1', '2130706433', 'unix:run', 'a..b', ''])(
    '%s is none',
    (rule) => expect(isRule(rule)).toBe(false),
  );

  test('a rule of the operator that is none ends the start', () => {
    expect(() => operatorRules({ TESTMESH_OUTBOUND_DENY: '10.0.0.0/64' }, 'server')).toThrow('10.0.0.0/64');
    expect(() => operatorRules({ TESTMESH_DOCKER: 'yes' }, 'server')).toThrow('none of refuse, allow');
    expect(asksForLimits({ TESTMESH_OUTBOUND_DENY: '10.0.0.0/8' })).toBe(true);
    expect(asksForLimits({})).toBe(false);
  });
});

describe('what else of the machine', () => {
  const strict = outboundPolicy(server);
  const own = outboundPolicy(operatorRules({}, 'own'));

  test('containers are refused on a server, and folders of it even where containers are allowed', () => {
    expect(strict.usingDocker({ beyondRun: false })?.code).toBe('TM4802');
    const allowed = outboundPolicy(operatorRules({ TESTMESH_DOCKER: 'allow' }, 'server'));
    expect(allowed.usingDocker({ beyondRun: false })).toBeUndefined();
    expect(allowed.usingDocker({ beyondRun: true })?.code).toBe('TM4803');
    expect(own.usingDocker({ beyondRun: true })).toBeUndefined();
  });

  test('a network that was there before is refused unless the operator names it, or allows all', () => {
    const refusalOf = (settings: Readonly<Record<string, string>>, network: string) =>
      outboundPolicy(operatorRules(settings, 'server')).usingDocker({ beyondRun: false, network });
    const some = { TESTMESH_DOCKER: 'allow', TESTMESH_DOCKER_NETWORKS: 'testmesh, shop' };
    expect(refusalOf(some, 'shop')).toBeUndefined();
    expect(refusalOf(some, 'platform')).toMatchObject({ code: 'TM4803', help: expect.stringContaining('_NETWORKS') });
    expect(refusalOf({ TESTMESH_DOCKER: 'allow' }, 'shop')?.reason).toContain('shop');
    expect(refusalOf({ TESTMESH_DOCKER: 'allow-all' }, 'shop')).toBeUndefined();
    expect(refusalOf({ TESTMESH_DOCKER_NETWORKS: 'shop' }, 'shop')?.code).toBe('TM4802');
  });

  test('a mock server listens on loopback only', () => {
    expect(strict.listening('127.0.0.1')).toBeUndefined();
    expect(strict.listening('localhost')).toBeUndefined();
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '']) expect(strict.listening(host)?.code).toBe('TM4804');
    expect(own.listening('0.0.0.0')).toBeUndefined();
  });

  test('a socket of the machine is refused unless a rule of the operator names it', () => {
    expect(strict.connecting({ path: '/var/run/docker.sock' })?.reason).toContain('/var/run/docker.sock');
    const cloud = outboundPolicy(operatorRules({ TESTMESH_OUTBOUND_ALLOW: 'unix:/cloudsql/*' }, 'server'));
    expect(cloud.connecting({ path: '/cloudsql/p:r:i/.s.PGSQL.5432' })).toBeUndefined();
    expect(cloud.connecting({ path: '/cloudsql/../var/run/docker.sock' })).toBeDefined();
    expect(own.connecting({ path: '/run/db' })).toBeUndefined();
    expect(own.connecting(to('169.254.169.254'))).toBeDefined();
  });
});

test('A1: an IPv4 address is one number however it is wrapped', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0xffffffff }), (value) => {
      const octets = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
      const text = octets.join('.');
      const hex = `${((octets[0] as number) * 256 + (octets[1] as number)).toString(16)}:${((octets[2] as number) * 256 + (octets[3] as number)).toString(16)}`;
      const plain = { family: 4, value: BigInt(value) };
      expect(parseAddress(text)).toEqual(plain);
      expect(parseAddress(`::ffff:${text}`)).toEqual(plain);
      expect(parseAddress(`[::ffff:${hex}]`)).toEqual(plain);
      expect(parseAddress(`64:ff9b::${hex}`)).toEqual(plain);
      expect(parseAddress(`2002:${hex}::5`)).toEqual(plain);
    }),
  );
});
