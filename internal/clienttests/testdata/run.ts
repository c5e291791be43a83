// Runs the generated client against a gateway over the shop, and uses its types
// in ways that must and must not compile. Prints a line per case as clients.mjs
// does.
import assert from "node:assert/strict";
import { AddReview, Client, ClientError, PriceChanged, Product, Products, type ProductResult, type ProductsResult } from "./app.js";

const client = new Client({ url: process.argv[2] ?? "", clientName: "shop-app", clientVersion: "1.0" });

async function check(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (err) {
    console.log(`not ok ${name}: |${String(err instanceof Error ? err.stack : err).replaceAll("\n", " / ")}`);
  }
}

/** Never called: what the types say. */
export function types(product: ProductResult, products: ProductsResult): void {
  const title: string | undefined = product.product?.title;
  const estimate: number | null | undefined = product.product?.shippingEstimate;
  const typename: "Product" | undefined = product.product?.__typename;
  const all: string[] = products.products.map((p) => p.title);
  void [title, estimate, typename, all];
  // @ts-expect-error a product may be null
  void product.product.title;
  // @ts-expect-error reviews may be left out
  void product.product!.reviews.length;
  // @ts-expect-error an estimate may be null
  const sure: number = products.products[0]!.shippingEstimate;
  void sure;
  // @ts-expect-error not selected
  void products.products[0]!.inStock;
  // @ts-expect-error id is required
  void client.request(Product);
  // @ts-expect-error id is a string
  void client.request(Product, { id: 2 });
  // @ts-expect-error there is no variable of this name
  void client.request(Products, { last: 3 });
}

await check("a query by its id", async () => {
  const { product } = await client.request(Product, { id: "1" });
  assert.equal(product?.title, "Table");
  assert.ok(product.reviews!.length > 0);
  assert.equal(Product.text, undefined);
});
await check("a condition", async () => {
  const { product } = await client.request(Product, { id: "1", reviews: false });
  assert.equal(product?.reviews, undefined);
});
await check("variables may be left out where none is required", async () => {
  assert.equal((await client.request(Products, { first: 1 })).products.length, 1);
});
await check("null", async () => {
  assert.equal((await client.request(Product, { id: "none" })).product, null);
});
await check("a partial answer", async () => {
  const answer = await client.execute(Products);
  assert.equal(answer.data?.products.length, 3);
  assert.ok(answer.errors.length > 0);
  const err = await client.request(Products).then(() => null, (e: unknown) => e);
  assert.ok(err instanceof ClientError);
  assert.equal(err.errors[0]?.path?.[0], "products");
  assert.deepEqual(err.data, answer.data);
});
await check("a mutation", async () => {
  const { addReview } = await client.request(AddReview, { id: "2", body: "Soft \"very\".", rating: 5 });
  assert.equal(addReview.body, 'Soft "very".');
});
await check("a refusal", async () => {
  const err = await client.request(AddReview, { id: "2", body: "x", rating: 1.5 }).then(() => null, (e: unknown) => e);
  assert.ok(err instanceof ClientError);
  assert.equal(err.code, "BAD_USER_INPUT");
});
await check("an operation the gateway does not know", async () => {
  const other = { ...Products, id: "0".repeat(64) };
  const err = await client.request(other).then(() => null, (e: unknown) => e);
  assert.ok(err instanceof ClientError);
  assert.match(err.code ?? "", /^PERSISTED_/);
});
await check("no answer at all", async () => {
  const lost = new Client({ url: (process.argv[2] ?? "") + "/nowhere" });
  const err = await lost.request(Products).then(() => null, (e: unknown) => e);
  assert.ok(err instanceof ClientError);
  assert.equal(err.status, 404);
});
await check("giving up", async () => {
  const err = await client.request(Products, {}, { signal: AbortSignal.abort() }).then(() => null, (e: unknown) => e);
  assert.equal((err as Error).name, "AbortError");
});
await check("headers made for each request", async () => {
  let seen: string | null = null;
  const own = new Client({
    url: process.argv[2] ?? "",
    headers: async () => ({ authorization: "Bearer x" }),
    fetch: (url, init) => {
      seen = new Headers(init?.headers).get("authorization");
      return fetch(url, { ...init, headers: { "content-type": "application/json" } });
    },
  });
  await own.request(Products, { first: 1 });
  assert.equal(seen, "Bearer x");
});
await check("a subscription", async () => {
  const prices: number[] = [];
  for await (const answer of client.subscribe(PriceChanged, { id: "1", count: 2 })) {
    prices.push(answer.data!.priceChanged.price);
  }
  assert.equal(prices.length, 2);
});
await check("leaving a subscription", async () => {
  for await (const answer of client.subscribe(PriceChanged, { id: "1", count: 1000 })) {
    assert.equal(answer.data?.priceChanged.id, "1");
    break;
  }
});
