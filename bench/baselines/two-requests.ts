// What a person would write by hand: two requests and four checks.
import { request } from 'undici';

const url = process.argv[2];
for (const path of ['/users/0', '/users/1']) {
  const { statusCode, body } = await request(`${url}${path}`);
  const user = (await body.json()) as { total: number };
  if (statusCode !== 200 || user.total !== 59.98) throw new Error(`${path} is wrong`);
}
process.exit(0);
