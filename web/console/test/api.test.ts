import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, test } from 'vitest';

const web = join(import.meta.dirname, '../..');

test('the client’s types are those of the description of the API: `npm run api` makes them again', async () => {
  const description = JSON.parse(readFileSync(join(web, '../openapi.json'), 'utf8'));
  const generated = `${COMMENT_HEADER}${astToString(await openapiTS(description))}`;
  expect(generated === readFileSync(join(web, 'api/schema.d.ts'), 'utf8')).toBe(true);
});
