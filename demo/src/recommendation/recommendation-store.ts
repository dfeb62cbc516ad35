import { randomUUID } from 'node:crypto';
import type { Queryable } from '../service/database.ts';

export const RECOMMENDATION_TABLES = `
  CREATE TABLE IF NOT EXISTS purchases (
    order_id text NOT NULL,
    user_id text NOT NULL,
    product_id text NOT NULL,
    PRIMARY KEY (order_id, product_id)
  );
  CREATE INDEX IF NOT EXISTS purchases_user_id ON purchases (user_id);
  CREATE INDEX IF NOT EXISTS purchases_product_id ON purchases (product_id);
  CREATE TABLE IF NOT EXISTS recommendation_cache (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    user_id text UNIQUE NOT NULL,
    product_ids text[] NOT NULL,
    generated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
  )`;

/** The most a caller may ask for, and so what is worked out once and kept. */
export const MAX_RECOMMENDATIONS = 100;

export interface Purchase {
  readonly order_id: string;
  readonly user_id: string;
  readonly items: readonly { readonly product_id: string }[];
}

/** What somebody bought changes what everybody is recommended: all that was worked out before is void. */
export const recordPurchase = async (database: Queryable, { order_id, user_id, items }: Purchase): Promise<void> => {
  await database.query(
    `INSERT INTO purchases (order_id, user_id, product_id)
     SELECT $1, $2, product_id FROM unnest($3::text[]) AS product_id ON CONFLICT DO NOTHING`,
    [order_id, user_id, items.map(({ product_id }) => product_id)],
  );
  await database.query('DELETE FROM recommendation_cache');
};

const ALSO_BOUGHT = `
  SELECT theirs.product_id
  FROM purchases mine
  JOIN purchases peer ON peer.product_id = mine.product_id AND peer.user_id <> mine.user_id
  JOIN purchases theirs ON theirs.user_id = peer.user_id
  WHERE mine.user_id = $1
    AND theirs.product_id NOT IN (SELECT product_id FROM purchases WHERE user_id = $1)
  GROUP BY theirs.product_id
  ORDER BY count(DISTINCT theirs.user_id) DESC, theirs.product_id
  LIMIT ${MAX_RECOMMENDATIONS}`;

const BOUGHT_TOGETHER = `
  SELECT other.product_id
  FROM purchases this
  JOIN purchases other ON other.order_id = this.order_id AND other.product_id <> this.product_id
  WHERE this.product_id = $1
  GROUP BY other.product_id
  ORDER BY count(*) DESC, other.product_id
  LIMIT $2`;

type ProductRow = { product_id: string };

/** Products bought by people who bought what this user bought, the most popular first. */
export const recommendedProducts = async (database: Queryable, userId: string, limit: number): Promise<string[]> => {
  const kept = await database.query<{ product_ids: string[] }>(
    'SELECT product_ids FROM recommendation_cache WHERE user_id = $1 AND expires_at > now()',
    [userId],
  );
  if (kept.rows[0] !== undefined) return kept.rows[0].product_ids.slice(0, limit);
  const { rows } = await database.query<ProductRow>(ALSO_BOUGHT, [userId]);
  const productIds = rows.map(({ product_id }) => product_id);
  await database.query(
    `INSERT INTO recommendation_cache (id, user_id, product_ids, expires_at)
     VALUES ($1, $2, $3, now() + interval '5 minutes')
     ON CONFLICT (user_id) DO UPDATE
     SET product_ids = EXCLUDED.product_ids, generated_at = now(), expires_at = EXCLUDED.expires_at`,
    [randomUUID(), userId, productIds],
  );
  return productIds.slice(0, limit);
};

export const similarProducts = async (database: Queryable, productId: string, limit: number): Promise<string[]> => {
  const { rows } = await database.query<ProductRow>(BOUGHT_TOGETHER, [productId, limit]);
  return rows.map(({ product_id }) => product_id);
};
