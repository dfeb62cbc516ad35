// A bare undici Client: the same requests and checks as the flow. Prints the milliseconds of the loop alone.
import { Client } from 'undici';

const [, , url = '', count = '0'] = process.argv;
const client = new Client(url);
const started = performance.now();
for (let index = 0; index < Number(count); index++) {
  const { statusCode, body } = await client.request({ method: 'GET', path: `/users/${index}` });
  const user = (await body.json()) as { total: number };
  if (statusCode !== 200 || user.total !== 59.98) throw new Error(`${index} is wrong`);
}
console.log(performance.now() - started);
await client.close();
