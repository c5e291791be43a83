// Runs two public clients against a gateway over the shop and prints a line per
// case: "ok NAME" or "not ok NAME: REASON". Arguments: the gateway's address and
// an URL whose POST restarts it at that address.
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createStreamClient } from 'graphql-sse';
import WebSocket from 'ws';
import assert from 'node:assert/strict';

const [address, restart] = process.argv.slice(2);

/** Both clients behind one interface: subscribe(request, sink) returns a way to stop. */
const transports = {
  'graphql-ws': (options = {}) =>
    createSocketClient({ url: `ws://${address}/graphql`, webSocketImpl: WebSocket, lazy: true, retryAttempts: 0, ...options }),
  'graphql-sse': (options = {}) =>
    createStreamClient({ url: `http://${address}/graphql`, retryAttempts: 0, ...options }),
};

/** Follows an operation: events as they come, and how it ended. */
function follow(client, query, variables) {
  const events = [];
  let waiting = null;
  let ended = null;
  const wake = () => waiting?.();
  const stop = client.subscribe({ query, variables }, {
    next: (value) => { events.push(value); wake(); },
    error: (err) => { ended = { error: err }; wake(); },
    complete: () => { ended ??= { complete: true }; wake(); },
  });
  const until = async (condition, what) => {
    const late = AbortSignal.timeout(10_000);
    while (!condition()) {
      await new Promise((resolve, reject) => {
        waiting = resolve;
        late.onabort = () => reject(new Error(`${what} did not come; events ${JSON.stringify(events)}, end ${JSON.stringify(ended)}`));
        if (late.aborted) late.onabort();
      });
    }
  };
  return {
    events, stop,
    received: (n) => until(() => events.length >= n, `event ${n}`),
    end: async () => { await until(() => ended !== null, 'the end'); return ended; },
    ended: () => ended,
  };
}

async function ask(query) {
  const response = await fetch(`http://${address}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }),
  });
  const answer = await response.json();
  assert.equal(answer.errors, undefined);
  return answer.data;
}

const review = (body) => `mutation { addReview(productId: "2", body: "${body}", rating: 4) { id } }`;
const reviews = 'subscription { reviewAdded(productId: "2") { body product { name inStock } author { username } } }';
const soft = (body) => ({ data: { reviewAdded: { body, product: { name: 'Couch', inStock: false }, author: { username: 'ada' } } } });

/** A subscription is known to run once an event arrives: publishes until one does. */
async function firstEvent(run) {
  for (;;) {
    await ask(review('warm up'));
    await Promise.race([run.received(1), new Promise((resolve) => setTimeout(resolve, 50))]);
    if (run.events.length > 0) return;
    assert.equal(run.ended(), null);
  }
}

const cases = {
  async query(client) {
    const run = follow(client(), '{ product(id: "1") { name inStock } }');
    assert.deepEqual(await run.end(), { complete: true });
    assert.deepEqual(run.events, [{ data: { product: { name: 'Table', inStock: true } } }]);
  },
  async mutation(client) {
    const run = follow(client(), 'mutation { addReview(productId: "3", body: "Hard.", rating: 2) { body author { username } product { name } } }');
    assert.deepEqual(await run.end(), { complete: true });
    assert.deepEqual(run.events, [{ data: { addReview: { body: 'Hard.', author: { username: 'ada' }, product: { name: 'Chair' } } } }]);
  },
  async subscription(client) {
    const run = follow(client(), 'subscription($id: ID!) { priceChanged(id: $id, count: 3) { price name inStock } }', { id: '1' });
    assert.deepEqual(await run.end(), { complete: true });
    assert.deepEqual(run.events.map((e) => e.data.priceChanged), [900, 901, 902].map((price) => ({ price, name: 'Table', inStock: true })));
  },
  async error(client) {
    const c = client();
    const bad = [['{ nonsense', 'GRAPHQL_PARSE_FAILED'], ['{ nonsense }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query($x: Int!) { products(first: $x) { id } }', 'BAD_USER_INPUT'], ['subscription { priceChanged(id: "9", count: 1) { price } }', undefined]];
    const healthy = follow(c, reviews);
    await firstEvent(healthy);
    for (const [query, code] of bad) {
      const run = follow(c, query);
      const end = await run.end();
      const errors = end.error ?? run.events[0].errors; // an error message, or the only event of a stream
      assert.ok(Array.isArray(errors) && errors.length > 0, `${query}: ${JSON.stringify(end)} ${JSON.stringify(run.events)}`);
      if (code) assert.equal(errors[0].extensions.code, code);
    }
    const before = healthy.events.length;
    await ask(review('still here'));
    await healthy.received(before + 1);
    assert.equal(healthy.ended(), null);
    healthy.stop();
  },
  async partial(client) {
    const run = follow(client(), 'subscription { priceChanged(id: "3", count: 2) { price shippingEstimate } }');
    assert.deepEqual(await run.end(), { complete: true });
    assert.equal(run.events.length, 2);
    for (const [i, event] of run.events.entries()) {
      assert.deepEqual(event.data, { priceChanged: { price: 55 + i, shippingEstimate: null } });
      assert.deepEqual(event.errors[0].path, ['priceChanged', 'shippingEstimate']);
    }
  },
  async cancel(client) {
    const c = client();
    const run = follow(c, reviews);
    const other = follow(c, reviews);
    await firstEvent(run);
    await firstEvent(other);
    run.stop();
    assert.deepEqual(await run.end(), { complete: true });
    const [had, others] = [run.events.length, other.events.length];
    await ask(review('late'));
    await other.received(others + 1);
    assert.equal(run.events.length, had);
    other.stop();
  },
  async many(client) {
    const c = client();
    const runs = Array.from({ length: 20 }, (_, i) => follow(c, 'subscription($id: ID!) { priceChanged(id: $id, count: 5) { id price } }', { id: String(1 + i % 3) }));
    for (const [i, run] of runs.entries()) {
      assert.deepEqual(await run.end(), { complete: true });
      // Those that ask for the same share one subscription and may join while it runs.
      const prices = run.events.map((e) => e.data.priceChanged.price);
      assert.ok(prices.every((p, k) => k === 0 || p === prices[k - 1] + 1), JSON.stringify(prices));
      assert.ok(run.events.every((e) => e.data.priceChanged.id === String(1 + i % 3)));
    }
  },
  async reconnect(client, name) {
    const closes = [];
    const c = client({
      retryAttempts: 1000, retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)), retry: () => new Promise((resolve) => setTimeout(resolve, 50)),
      on: { closed: (event) => closes.push(event.code) },
    });
    const run = follow(c, reviews);
    await firstEvent(run);
    const had = run.events.length;
    assert.equal((await fetch(restart, { method: 'POST' })).status, 200);
    while (run.events.length === had) {
      await ask(review('again'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(run.ended(), null);
    }
    assert.deepEqual(run.events.at(-1), soft('again'));
    run.stop();
    if (name === 'graphql-ws') assert.equal(closes[0], 1001);
  },
};

const only = {
  async 'graphql-ws: keep alive'() {
    let pongs = 0;
    const c = transports['graphql-ws']({ keepAlive: 20, on: { pong: (received, payload) => { if (received) pongs++; assert.equal(payload, undefined); } } });
    const run = follow(c, reviews);
    await firstEvent(run);
    while (pongs < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    run.stop();
  },
  async 'graphql-ws: connection parameters and lazy close'() {
    const c = transports['graphql-ws']({ connectionParams: { token: 'x' } });
    const codes = [];
    c.on('closed', (event) => codes.push(event.code));
    const run = follow(c, '{ me { username } }');
    assert.deepEqual(await run.end(), { complete: true });
    await c.dispose();
    while (codes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(codes, [1000]);
  },
  async 'EventSource: a GET without headers of its own'() {
    const url = `http://${address}/graphql?query=${encodeURIComponent('subscription { priceChanged(id: "1", count: 1) { price } }')}`;
    const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(await response.text(), ':\n\nevent: next\ndata: {"data":{"priceChanged":{"price":900}}}\n\nevent: complete\ndata: \n\n');
  },
};

let failed = false;
async function report(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (err) {
    failed = true;
    console.log(`not ok ${name}: ${String(err.stack ?? err).replaceAll('\n', ' | ')}`);
  }
}
for (const [name, client] of Object.entries(transports)) {
  for (const [what, run] of Object.entries(cases)) await report(`${name}: ${what}`, () => run(client, name));
}
for (const [name, run] of Object.entries(only)) await report(name, run);
process.exit(failed ? 1 : 0);
